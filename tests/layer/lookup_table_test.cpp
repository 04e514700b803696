// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/lookup_table.hpp>
#include <qtensor/scale.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/function_model.hpp"

using namespace qtensor;

namespace {

/// How far a table's codes are from the function, in codes; those beyond the ends are held there.
template <class T, class F> double worst(F function, const Affine<>& x, const Affine<>& y) {
    const auto table = LookupTable<T>::template of<F>(x, y);
    double most = 0.0;
    for (int q = static_cast<int>(element<T>::lowest); q <= static_cast<int>(element<T>::highest); ++q) {
        const double real = static_cast<double>(x.value) * (q - x.zero);
        const double exact = qtensor_test::model(function, real) / static_cast<double>(y.value) + y.zero;
        const double want =
            std::clamp(exact, static_cast<double>(element<T>::lowest), static_cast<double>(element<T>::highest));
        most = std::max(most, std::fabs(static_cast<double>(table[static_cast<T>(q)]) - want));
    }
    return most;
}

struct Edge {
    Affine<> x, y;
};
constexpr Edge edges_of_8[] = {{{0.05f, 0}, {0.05f, 0}},
                               {{0.1f, -128}, {1.0f / 256.0f, -128}},
                               {{0.003f, 60}, {0.01f, 3}},
                               {{0.5f, 127}, {0.4f, -100}}};

struct Identical {
    static constexpr double real(double x) { return x; }
};
struct Square {
    static constexpr double real(double x) { return x * x; }
};

}  // namespace

TEST_CASE("All 256 codes of every function are the nearest to a model in double", "[layer][lookup]") {
    qtensor_test::for_each_function([]<class F>(F function) {
        for (const Edge& e : edges_of_8) {
            // Half a code, and what single precision adds to 255 of them.
            CHECK(worst<std::int8_t>(function, e.x, e.y) < 0.5001);
            CHECK(worst<std::uint8_t>(function, {e.x.value, e.x.zero + 128}, {e.y.value, e.y.zero + 128}) < 0.5001);
        }
    });
}

TEST_CASE("A table rounds as its bundle says, on a product with the inverse of the scale", "[layer][lookup]") {
    // 0.5 q: ties at every odd code.
    const Affine<> x{0.5f, 0}, y{1.0f, 0};
    const auto away = LookupTable<std::int8_t>::of<Identical>(x, y);
    const auto even = LookupTable<std::int8_t>::of<Identical, HalfEven>(x, y);
    const auto down = LookupTable<std::int8_t>::of<Identical, Floor>(x, y);
    CHECK((away[1] == 1 && away[3] == 2 && away[-1] == -1 && away[-3] == -2));
    CHECK((even[1] == 0 && even[3] == 2 && even[-1] == 0 && even[-3] == -2));
    CHECK((down[1] == 0 && down[3] == 1 && down[-1] == -1 && down[-3] == -2));
    // f32(1 / 0.00214854861f) times 0.273939937f is 127.5, the quotient is just below (a comment of FBGEMM's).
    const auto inverse =
        LookupTable<std::uint8_t>::of<Identical>(Affine<>{0.273939937f, 0}, Affine<>{0.00214854861f, 0});
    CHECK(inverse[1] == 128);
}

TEST_CASE("A table of constants is a constant", "[layer][lookup]") {
    constexpr auto table = LookupTable<std::int8_t>::of<Square>(Affine<>{0.25f, 0}, Affine<>{0.5f, -128});
    STATIC_REQUIRE(table[0] == -128);
    STATIC_REQUIRE(table[-8] == -120);  // 4 / 0.5 - 128
    STATIC_REQUIRE(table[127] == 127);
    constexpr auto wide = LookupTable<std::int16_t>::of<Square>(Affine<>{0x1p-13f, 0}, Affine<>{0x1p-11f, 0});
    STATIC_REQUIRE(wide[0] <= 1);
    STATIC_REQUIRE((wide[8192] >= 2047 && wide[8192] <= 2049));
}

TEST_CASE("The 513 entries of 16-bit tables are TFLite's, and straight lines join them", "[layer][lookup]") {
    const float x_scale = 8.0f / 32768.0f, y_scale = 1.0f / 32768.0f;
    const auto table = LookupTable<std::int16_t>::of<Sigmoid>(Affine<>{x_scale, 0}, Affine<>{y_scale, 0});
    // LUTPopulate<int16_t> once more, in float with the C library's roundf.
    const auto f = [](float x) { return static_cast<float>(1.0 / (1.0 + std::exp(-static_cast<double>(x)))); };
    const float lowest = x_scale * -32768.0f, highest = x_scale * 32767.0f;
    volatile float step = (highest - lowest) / 512.0f;
    const float half = step / 2.0f;
    const float inverse = 65536.0f / (y_scale * 32767.0f - y_scale * -32768.0f);
    std::vector<int> entries;
    for (int i = 0; i < 512; ++i) {
        volatile float offset = static_cast<float>(i) * step, after = static_cast<float>(i + 1) * step;
        const float at = lowest + offset, next = lowest + after;
        volatile float y = f(at) * inverse, y_next = f(next) * inverse, y_middle = f(at + half) * inverse;
        const float sample = std::round(y);
        const float line = std::round((y_next + sample) / 2.0f);
        const float bias = std::round((line - std::round(y_middle)) / 2.0f);
        entries.push_back(static_cast<int>(std::clamp(sample - bias, -32768.0f, 32767.0f)));
    }
    entries.push_back(static_cast<int>(std::clamp(std::round(f(highest) * inverse), -32768.0f, 32767.0f)));
    int wrong = 0;
    for (int q = -32768; q <= 32767; ++q) {
        const int segment = (q + 32768) / 128, rest = (q + 32768) % 128;
        const double line =
            entries[static_cast<std::size_t>(segment)] +
            std::floor((entries[static_cast<std::size_t>(segment) + 1] - entries[static_cast<std::size_t>(segment)]) *
                           rest / 128.0 +
                       0.5);
        wrong += table[static_cast<std::int16_t>(q)] != static_cast<int>(line);
    }
    CHECK(wrong == 0);
}

TEST_CASE("All 65,536 codes of 16-bit tables are close to a model in double", "[layer][lookup]") {
    // TFLite spaces its entries by 65535 / 512 codes and reads them as if by 128: in the middle the function is moved
    // by half a code of x, which is f' s_x / s_y / 2 codes of y (4 for Tanh here). The lines add up to 3, a kink more.
    const Affine<> x{8.0f / 32768.0f, 0}, unit{1.0f / 32768.0f, 0}, wide{8.0f / 32768.0f, 0};
    CHECK(worst<std::int16_t>(Sigmoid{}, x, unit) < 2.5);
    CHECK(worst<std::int16_t>(Tanh{}, x, unit) < 6.5);
    CHECK(worst<std::int16_t>(Gelu{}, x, wide) < 2.5);
    CHECK(worst<std::int16_t>(Silu{}, x, wide) < 2.5);
    CHECK(worst<std::int16_t>(Softplus{}, x, wide) < 2.5);
    CHECK(worst<std::int16_t>(HardSwish{}, x, wide) < 32.0);
}
