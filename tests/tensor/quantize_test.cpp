// SPDX-License-Identifier: BSL-1.0
#include <qtensor/scale.hpp>
#include <qtensor/tensor/quantize.hpp>

#include "support/catch.hpp"
#include "support/guard_pages.hpp"
#include "support/quantize_oracle.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

#include <vector>

using namespace qtensor;
using namespace qtensor_test;
using Catch::Matchers::StartsWith;

#define EVERY_ROUNDING Floor, Ceil, TowardZero, HalfEven, HalfAway, HalfUp

namespace {

/// Numbers whose codes at `scale` lie everywhere in and around the range, on ties and next to them, and special floats.
std::vector<float> reals(float scale, std::int64_t lowest, std::int64_t highest) {
    std::vector<float> values = special_floats();
    for (const float x : special_floats()) values.push_back(x * scale);
    Random random(91);
    for (int i = 0; i < 6000; ++i) {
        const double code = static_cast<double>(random.between(2 * (lowest - 2), 2 * (highest + 2))) / 2.0;
        const float x = static_cast<float>(code * static_cast<double>(scale));
        values.push_back(x);
        values.push_back(std::nextafter(x, -FLT_MAX));
        values.push_back(std::nextafter(x, FLT_MAX));
        values.push_back(random.float_bits());
    }
    return values;
}

template <class T> std::vector<Affine<>> scales() {
    const auto [lowest, highest] = limits_of<T>;
    // A zero point is at most 2^23 from 0, and need not be a code.
    const auto low = static_cast<std::int32_t>(std::max<std::int64_t>(lowest, -8388608));
    const auto high = static_cast<std::int32_t>(std::min<std::int64_t>(highest, 8388608));
    return {{1.0f, 0},       {0.5f, low},      {0.1f, high},   {1.0f / 127.0f, (low / 2 + high / 2) | 1},
            {1e-30f, low},   {3e5f, 0},        {FLT_MIN, low}, {FLT_TRUE_MIN, high},
            {FLT_MAX, high}, {0.3f, -8388608}, {1.0f, 8388608}};
}

/// Codes of `values` in a row of their own and, through a stride of -2, one at a time: both must be what the formula
/// says.
template <class T, class R> void quantizes_as_the_formula_says() {
    using Value = value_of<T>;
    Tally tally;
    for (const Affine<> scale : scales<T>()) {
        auto values = reals(scale.value, limits_of<T>.lowest, limits_of<T>.highest);
        for (const float x : reals(scale.value, limits_of<T>.lowest - scale.zero, limits_of<T>.highest - scale.zero))
            values.push_back(x);
        std::vector<Value> row(values.size());
        quantize_into<Saturate, R>(values, QTensor<T, Affine<>>(row.data(), Shape{values.size()}, scale));
        std::vector<Value> apart(2 * values.size(), Value{99});
        const QTensor<T, Affine<>, Shape<dyn>, Strided> strided(apart.data() + 2 * (values.size() - 1),
                                                                Shape{values.size()}, {-2}, scale);
        quantize_into<Saturate, R>(values, strided);
        for (std::size_t i = 0; i < values.size(); ++i) {
            const std::int64_t want = code_oracle<T, R>(values[i], scale.value, scale.zero);
            tally.same(row[i], want, values[i], scale.value, scale.zero);
            tally.same(apart[2 * (values.size() - 1 - i)], want, values[i], scale.value, scale.zero);
            tally.same(apart[2 * i + 1], 99, i);
        }
    }
    tally.require_all_equal(11 * 24000 * 3);
}

}  // namespace

TEMPLATE_TEST_CASE("Codes of every rounding are those of the formula, alone and in lanes", "[tensor][quantize]",
                   EVERY_ROUNDING) {
    quantizes_as_the_formula_says<std::int8_t, TestType>();
    quantizes_as_the_formula_says<std::uint16_t, TestType>();
}

TEMPLATE_TEST_CASE("Codes of every element type are those of the formula", "[tensor][quantize]", std::uint8_t,
                   std::int16_t, int8_symmetric, (Ranged<std::int8_t, -64, 63>), (Ranged<std::int16_t, 10, 1000>),
                   std::int32_t, std::uint32_t) {
    quantizes_as_the_formula_says<TestType, HalfAway>();
    quantizes_as_the_formula_says<TestType, HalfEven>();
}

TEMPLATE_TEST_CASE("Packed codes are those of the formula, and the nibble behind the last is left alone",
                   "[tensor][quantize]", int4, uint4) {
    Tally tally;
    for (const Affine<> scale : {Affine{0.5f, 0}, Affine{0.1f, 7}, Affine{1.0f / 3.0f, 3}}) {
        auto values = reals(scale.value, limits_of<TestType>.lowest, limits_of<TestType>.highest);
        if (values.size() % 2 == 0) values.pop_back();
        std::vector<std::uint8_t> cells(values.size() / 2 + 2, std::uint8_t{0xab});
        quantize_into<Saturate, HalfEven>(values,
                                          QTensor<TestType, Affine<>>(cells.data(), Shape{values.size()}, scale));
        for (std::size_t i = 0; i < values.size(); ++i) {
            const int nibble = i % 2 == 0 ? cells[i / 2] & 15 : cells[i / 2] >> 4;
            const auto want = code_oracle<TestType, HalfEven>(values[i], scale.value, scale.zero);
            tally.same(nibble, (want + 16) % 16, values[i], scale.value, scale.zero);
        }
        tally.same(cells[values.size() / 2] >> 4, 0xa);
        tally.same(cells.back(), 0xab);
    }
    tally.require_all_equal(3 * 24000);
}

TEST_CASE("Tensors of every length are quantized, and no byte beside them is touched", "[tensor][quantize]") {
    const Affine<> scale{0.1f, -3};
    Random random(92);
    Tally tally;
    const auto check = [&]<class T>(T) {
        for (std::size_t rows = 1; rows <= 3; ++rows) {
            for (std::size_t length = 0; length <= 67; ++length) {
                const std::size_t size = rows * length;
                BetweenGuards<float> values(size);  // not one float behind the last may be read
                for (std::size_t i = 0; i < size; ++i) values.data()[i] = random.real(-20.0, 20.0);
                BetweenGuards<T> guarded(size);
                std::vector<T> cells(size + 128, T{85});
                const std::span<const float> from(values.data(), size);
                quantize_into(from, QTensor<T, Affine<>, Shape<dyn, dyn>>(guarded.data(), Shape{rows, length}, scale));
                quantize_into(from,
                              QTensor<T, Affine<>, Shape<dyn, dyn>>(cells.data() + 64, Shape{rows, length}, scale));
                for (std::size_t i = 0; i < cells.size(); ++i) {
                    const bool inside = i >= 64 && i < 64 + size;
                    const std::int64_t want =
                        inside ? code_oracle<T, HalfAway>(from[i - 64], scale.value, scale.zero) : 85;
                    tally.same(cells[i], want, rows, length, i);
                    if (inside) tally.same(guarded.data()[i - 64], want, rows, length, i);
                }
            }
        }
    };
    check(std::int8_t{});
    check(std::uint8_t{});
    check(std::int16_t{});
    check(std::uint16_t{});
    check(std::int32_t{});
    tally.require_all_equal(5 * 3 * 68 * 128);
}

namespace {

/// Quantizes a 3 x 4 x 37 tensor whose scale runs along Axis; every code has the scale and zero point of its channel.
template <int Axis, std::size_t Channels, class T> void quantizes_channels() {
    PerChannelAffine<Channels, Axis> scale;
    for (std::size_t c = 0; c < Channels; ++c) {
        scale.values[c] = 0.05f * static_cast<float>(c + 1);
        scale.zeros[c] = static_cast<std::int32_t>(c % 5);
    }
    const Shape<3, 4, 37> shape;
    std::vector<float> values(shape.size());
    Random random(93);
    for (float& x : values) x = random.real(-30.0, 30.0);
    std::vector<typename element<T>::cell> cells(shape.size());
    quantize_into<Saturate, HalfEven>(
        values, QTensor<T, PerChannelAffine<Channels, Axis>, Shape<3, 4, 37>>(cells.data(), shape, scale));
    Tally tally;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::array<std::size_t, 3> index{i / 148, i / 37 % 4, i % 37};
        const std::size_t c = index[Axis];
        const std::int64_t want = code_oracle<T, HalfEven>(values[i], scale.values[c], scale.zeros[c]);
        tally.same(element<T>::load(cells.data(), i), want, values[i], i, c);
    }
    tally.require_all_equal(3 * 4 * 37);
}

}  // namespace

TEST_CASE("Scales per channel apply on the first, a middle and the last axis", "[tensor][quantize]") {
    quantizes_channels<0, 3, std::int8_t>();
    quantizes_channels<1, 4, std::int8_t>();
    quantizes_channels<2, 37, std::int8_t>();
    quantizes_channels<0, 3, std::int32_t>();
    quantizes_channels<2, 37, std::int16_t>();
    quantizes_channels<0, 3, int4>();
    quantizes_channels<1, 4, uint4>();
    quantizes_channels<2, 37, int4>();
}

TEST_CASE("Strided tensors receive their codes in row-major order", "[tensor][quantize]") {
    constexpr std::size_t rows = 7;
    constexpr std::size_t columns = 35;
    std::vector<float> values(rows * columns);
    Random random(94);
    for (float& x : values) x = random.real(-20.0, 20.0);
    const Affine<> scale{0.125f, 4};
    const auto check = [&](std::array<std::ptrdiff_t, 2> strides, std::size_t start) {
        std::vector<std::int8_t> cells(2000, std::int8_t{-99});
        std::vector<std::int64_t> want(2000, -99);
        const QTensor<std::int8_t, Affine<>, Shape<dyn, dyn>, Strided> codes(cells.data() + start, Shape{rows, columns},
                                                                             strides, scale);
        quantize_into(values, codes);
        for (std::size_t i = 0; i < rows; ++i) {
            for (std::size_t j = 0; j < columns; ++j) {
                const auto at = static_cast<std::ptrdiff_t>(start) + static_cast<std::ptrdiff_t>(i) * strides[0] +
                                static_cast<std::ptrdiff_t>(j) * strides[1];
                want[static_cast<std::size_t>(at)] =
                    code_oracle<std::int8_t, HalfAway>(values[i * columns + j], 0.125f, 4);
            }
        }
        Tally tally;
        for (std::size_t i = 0; i < cells.size(); ++i) tally.same(cells[i], want[i], i, strides[0], strides[1]);
        tally.require_all_equal(2000);
    };
    check({static_cast<std::ptrdiff_t>(columns), 1}, 0);
    check({40, 1}, 5);     // gaps between rows: lanes, at every start
    check({1, 7}, 0);      // transposed
    check({-50, 1}, 600);  // rows from the last to the first
    check({150, 3}, 10);
    check({-40, -1}, 1000);
}

TEST_CASE("Codes out of range saturate, wrap or are refused, as the overflow policy says", "[tensor][quantize]") {
    const Affine<> scale{0.5f, 10};
    Tally tally;
    std::vector<float> values;
    for (int i = -2000; i <= 2000; ++i) values.push_back(static_cast<float>(i) * 0.25f);
    const auto check = [&]<class T>(T, std::int64_t lowest, std::int64_t highest) {
        const std::size_t cells_needed = cells_for<T>(values.size());
        std::vector<typename element<T>::cell> cells(cells_needed);
        quantize_into<Wrap, HalfEven>(values, QTensor<T, Affine<>>(cells.data(), Shape{values.size()}, scale));
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::int64_t want = unclamped_code<HalfEven>(values[i], 0.5f, 10, false);
            while (want < lowest) want += highest - lowest + 1;
            while (want > highest) want -= highest - lowest + 1;
            tally.same(element<T>::load(cells.data(), i), want, values[i], lowest);
        }
    };
    check(std::int8_t{}, -128, 127);
    check(int8_symmetric{}, -127, 127);
    check(int4{}, -8, 7);
    check(std::uint8_t{}, 0, 255);
    tally.require_all_equal(4 * 4001);

    std::int8_t cells[2]{};
    const QTensor<std::int8_t, Affine<>> codes(cells, Shape{2}, scale);
    const float fitting[]{58.5f, -69.0f};
    quantize_into<Trap>(fitting, codes);
    CHECK((cells[0] == 127 && cells[1] == -128));
    const float above[]{0.0f, 59.0f};
    CHECK_THROWS_WITH(quantize_into<Trap>(above, codes),
                      StartsWith("a value is above the element's range (overflow policy Trap) (value 128, limit 127)"));
    const float below[]{-70.0f, 0.0f};
    CHECK_THROWS_WITH(
        quantize_into<Trap>(below, codes),
        StartsWith("a value is below the element's range (overflow policy Trap) (value -130, limit -128)"));
}

TEST_CASE("Stochastic codes draw by the element's index in row-major order", "[tensor][quantize]") {
    const Affine<> scale{0.5f, -3};
    const Stochastic rounding{2024};
    std::vector<float> values(5 * 41);
    Random random(95);
    for (float& x : values) x = random.real(-20.0, 20.0);
    std::vector<std::int8_t> cells(values.size());
    std::vector<std::int8_t> transposed(values.size());
    quantize_into<Saturate>(values, QTensor<std::int8_t, Affine<>, Shape<5, 41>>(cells.data(), {}, scale), rounding);
    quantize_into<Saturate>(
        values, QTensor<std::int8_t, Affine<>, Shape<5, 41>, Strided>(transposed.data(), {}, {1, 5}, scale), rounding);
    Tally tally;
    int up = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        // SplitMix64's finaliser over seed and index; its upper 24 bits against the fraction.
        std::uint64_t z = 2024u + 0x9e3779b97f4a7c15u * (i + 1u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        z ^= z >> 31;
        const double quotient = quotient_oracle(values[i], 0.5f, false);
        const bool goes_up = static_cast<double>(z >> 40) < (quotient - std::floor(quotient)) * 0x1p24;
        up += goes_up;
        const auto want = static_cast<std::int64_t>(std::floor(quotient)) + (goes_up ? 1 : 0) - 3;
        tally.same(cells[i], want, values[i], i);
        tally.same(transposed[i % 41 * 5 + i / 41], want, values[i], i);
    }
    tally.require_all_equal(2 * 205);
    CHECK((up > 60 && up < 145));
}

TEST_CASE("NaN becomes real zero, infinities saturate", "[tensor][quantize]") {
    const float nan = std::nanf("");
    const float infinity = std::numeric_limits<float>::infinity();
    std::vector<float> values(40, nan);
    values[3] = infinity;
    values[20] = -infinity;
    values[39] = -nan;
    const auto check = [&]<class T>(T, std::int64_t lowest, std::int64_t highest) {
        std::vector<value_of<T>> cells(40);
        quantize_into(values, QTensor<T, Affine<>>(cells.data(), Shape{40}, Affine{0.25f, 17}));
        for (std::size_t i = 0; i < 40; ++i) CHECK(cells[i] == (i == 3 ? highest : i == 20 ? lowest : 17));
    };
    check(std::int8_t{}, -128, 127);
    check(std::uint16_t{}, 0, 65535);
    check(int8_symmetric{}, -127, 127);
    check(std::int32_t{}, INT32_MIN, INT32_MAX);
    check(std::uint32_t{}, 0, 4294967295);
}

TEST_CASE("The published case that division and multiplication by the inverse see differently", "[tensor][quantize]") {
    // FBGEMM's own comment: multiplying by the inverse gives 127.5, dividing 127.499992. TFLite divides.
    const float x[]{0.273939937f};
    std::uint8_t code = 0;
    quantize_into(x, QTensor<std::uint8_t, PerTensor<>>(&code, Shape{1}, PerTensor{0.00214854861f}));
    CHECK(code == 127);
    std::vector<float> many(33, 0.273939937f);
    std::vector<std::uint8_t> codes(33);
    quantize_into(many, QTensor<std::uint8_t, PerTensor<>>(codes.data(), Shape{33}, PerTensor{0.00214854861f}));
    for (const std::uint8_t got : codes) CHECK(got == 127);
}

TEST_CASE("As many values as codes, neither more nor fewer", "[tensor][quantize]") {
    const float memory[6]{};
    const auto values = std::span(memory).first(5);
    std::int8_t cells[6]{};
    const QTensor<std::int8_t, PerTensor<>> six(cells, Shape{6});
    const QTensor<std::int8_t, PerTensor<>, Shape<2, 2>> four(cells, {});
    CHECK_THROWS_WITH(quantize_into(values, six), StartsWith("as many values as codes (value 5, limit 6)"));
    CHECK_THROWS_WITH(quantize_into(values, four), StartsWith("as many values as codes (value 5, limit 4)"));
    CHECK_THROWS_AS(quantize_into(std::span<const float>{}, four), PreconditionFailed);
}

TEST_CASE("A list is quantized only with usable scales", "[tensor][quantize]") {
    const float infinity = std::numeric_limits<float>::infinity();
    const std::string sentence = "a scale is positive and finite (value: the channel at fault) ";
    for (const float scale : {0.0f, -0.0f, -1.0f, infinity, -infinity, std::nanf("")}) {
        INFO("scale " << scale);
        CHECK_THROWS_WITH((quantize<std::int8_t>({1.0f, 2.0f}, Shape<2>{}, PerTensor{scale})),
                          StartsWith(sentence + "(value 0, limit 0)"));
        CHECK_THROWS_WITH((quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerChannel<2, 1>{{0.5f, scale}})),
                          StartsWith(sentence + "(value 1, limit 0)"));
    }
    CHECK(quantize<std::int8_t>({FLT_TRUE_MIN}, Shape<1>{}, PerTensor{FLT_TRUE_MIN})(0) == 1);
}

TEST_CASE("A list of numbers is quantized at compile time", "[tensor][quantize]") {
    constexpr auto symmetric = quantize<int8_symmetric>({0.5f, -0.25f, 0.75f, 1.0f, 0.1f, 0.2f, -0.3f, 0.4f},
                                                        Shape<2, 4>{}, PerChannel<2>{{1.0f / 127.0f, 0.4f / 127.0f}});
    STATIC_REQUIRE(symmetric(0, 0) == 64);   // 63.5, away from zero
    STATIC_REQUIRE(symmetric(0, 1) == -32);  // -31.75
    STATIC_REQUIRE(symmetric(0, 2) == 95);   // 95.25
    STATIC_REQUIRE(symmetric(0, 3) == 127);
    STATIC_REQUIRE(symmetric(1, 0) == 32);   // 31.75
    STATIC_REQUIRE(symmetric(1, 2) == -95);  // -95.25
    STATIC_REQUIRE(symmetric(1, 3) == 127);
    STATIC_REQUIRE(symmetric.scale().scale(1) == 0.4f / 127.0f);

    constexpr auto affine = quantize<std::int8_t>({1.0f, 2.0f, 3.0f, 4.0f}, Shape<1, 4>{}, Affine{4 / 255.0f, -128});
    STATIC_REQUIRE(affine(0, 0) == -64);  // 63.75 - 128
    STATIC_REQUIRE(affine(0, 3) == 127);
    constexpr auto even = quantize<std::int8_t, HalfEven>({0.5f, 1.5f, 2.5f, -2.5f}, Shape<4>{}, PowerOfTwo<0>{});
    STATIC_REQUIRE((even(0) == 0 && even(1) == 2 && even(2) == 2 && even(3) == -2));
    constexpr auto floors =
        quantize<std::uint8_t, Floor>({0.9f, 255.9f, -0.1f, 300.0f}, Shape<2, 2>{}, PerTensor{1.0f});
    STATIC_REQUIRE((floors(0, 0) == 0 && floors(0, 1) == 255 && floors(1, 0) == 0 && floors(1, 1) == 255));
    constexpr auto packed = quantize<int4>({1.0f, -1.0f, 9.0f}, Shape<3>{}, PerTensor{1.0f});
    STATIC_REQUIRE((packed.data()[0] == 0xf1 && packed.data()[1] == 0x07));
    constexpr auto wrapped = quantize<std::int8_t, HalfAway, Wrap>({130.0f, -130.0f}, Shape<2>{}, PerTensor{1.0f});
    STATIC_REQUIRE((wrapped(0) == -126 && wrapped(1) == 126));
    constexpr auto drawn =
        quantize<std::int8_t, Stochastic>({0.9f, 0.9f, 0.01f}, Shape<3>{}, PerTensor{1.0f}, Stochastic{0});
    STATIC_REQUIRE((drawn(0) == 1 && drawn(1) == 1 && drawn(2) == 0));  // draws 0.883, 0.432, 0.026
    constexpr auto wide = quantize<std::int32_t>({16777217.0f, -1e20f}, Shape<2>{}, PerTensor{0.5f});
    STATIC_REQUIRE((wide(0) == 33554432 && wide(1) == INT32_MIN));
}

TEST_CASE("Codes are the same in constant evaluation and when the program runs", "[tensor][quantize]") {
    static constexpr float values[]{0.3f, -0.7f, 12.35f, -12.25f, 0.05f, 0.15f, 100.0f, -0.05f, 6.35f};
    constexpr auto known = quantize<std::int8_t>(values, Shape<9>{}, Affine{0.1f, 3});
    std::int8_t cells[9];
    quantize_into(values, QTensor<std::int8_t, Affine<>>(cells, Shape{9}, Affine{0.1f, 3}));
    for (std::size_t i = 0; i < 9; ++i) {
        CHECK(cells[i] == known(i));
        CHECK(known(i) == code_oracle<std::int8_t, HalfAway>(values[i], 0.1f, 3));
    }
}

TEST_CASE("No scale that is not positive and finite quantizes, on any channel", "[tensor][quantize]") {
    const float values[4]{1.0f, -1.0f};
    std::int8_t cells[4]{};
    const std::string sentence = "a scale is positive and finite (value: the channel at fault) ";
    for (const float scale : {0.0f, -1.0f, std::numeric_limits<float>::infinity(), std::nanf("")}) {
        INFO("scale " << scale);
        const QTensor<std::int8_t, PerTensor<>> codes(cells, Shape{4}, PerTensor{scale});
        CHECK_THROWS_WITH(quantize_into(values, codes), StartsWith(sentence + "(value 0, limit 0)"));
        const QTensor<std::int8_t, PerChannel<2, 0>, Shape<2, 2>> rows(cells, {}, {{1.0f, scale}});
        CHECK_THROWS_WITH(quantize_into(values, rows), StartsWith(sentence + "(value 1, limit 0)"));
        const float dynamic[]{1.0f, scale};
        const QTensor<std::int8_t, PerChannel<dyn, 1>, Shape<2, 2>> columns(cells, {}, {dynamic});
        CHECK_THROWS_WITH(quantize_into(values, columns), StartsWith(sentence + "(value 1, limit 0)"));
    }
}

namespace {
/// A user's rounding that knows floats and doubles, not lanes.
struct Thirds {
    static float round(float x) { return std::floor(x + 1.0f / 3.0f); }
    static double round(double x) { return std::floor(x + 1.0 / 3.0); }
};
}  // namespace

TEST_CASE("A rounding that knows no lanes quantizes one number at a time", "[tensor][quantize]") {
    std::vector<float> values;
    for (int i = -40; i <= 40; ++i) values.push_back(static_cast<float>(i) * 0.25f);
    std::vector<std::int8_t> codes(values.size());
    quantize_into<Saturate, Thirds>(
        values, QTensor<std::int8_t, PerTensor<>>(codes.data(), Shape{values.size()}, PerTensor{1.0f}));
    for (int i = -40; i <= 40; ++i) {
        const int whole = static_cast<int>(std::floor(i / 4.0));
        CHECK(codes[static_cast<std::size_t>(i + 40)] == (i - 4 * whole == 3 ? whole + 1 : whole));  // .75 goes up
    }
}

TEST_CASE("A zero point that a float cannot hold beside every code is refused", "[tensor][quantize]") {
    const float values[]{1e9f};
    std::int8_t cell = 0;
    for (const std::int32_t zero : {8388609, -8388609, INT32_MAX, INT32_MIN}) {
        const QTensor<std::int8_t, Affine<>> codes(&cell, Shape{1}, Affine{1.0f, zero});
        CHECK_THROWS_WITH(quantize_into(values, codes), StartsWith("a zero point is at most 2^23 from 0 (value " +
                                                                   std::to_string(zero) + ", limit 8388608)"));
    }
}

TEST_CASE("Infinity becomes the largest int64", "[tensor][quantize]") {
    const float values[]{std::numeric_limits<float>::infinity(), 5e18f};
    std::int64_t cells[2]{};
    quantize_into(values, QTensor<std::int64_t, PerTensor<>>(cells, Shape{2}, PerTensor{1.0f}));
    CHECK(cells[0] == INT64_MAX);
    CHECK(cells[1] == 4999999990253223936);
}

namespace {

/// PyTorch's and ggml's rules from their formulas: every f32() is a store to a volatile float; std::fma rounds once.
template <class Rule>
std::int64_t reciprocal_code(float x, float scale, std::int32_t zero, std::int64_t lowest, std::int64_t highest) {
    const volatile float inverse = 1.0f / scale;
    double whole = 0.0;
    if constexpr (std::is_same_v<Rule, TorchFusedReciprocal>) {
        whole = std::nearbyint(static_cast<double>(std::fma(x, inverse, static_cast<float>(zero))));
        if (std::isnan(whole)) return std::clamp<std::int64_t>(zero, lowest, highest);
        return static_cast<std::int64_t>(std::clamp(whole, static_cast<double>(lowest), static_cast<double>(highest)));
    } else {
        const volatile float product = x * inverse;
        const auto real = static_cast<double>(product);
        whole = std::is_same_v<Rule, GgmlReciprocal> ? std::round(real) : std::nearbyint(real);
        if (std::isnan(whole)) whole = 0.0;
        return std::clamp(static_cast<std::int64_t>(std::clamp(whole, -0x1p60, 0x1p60)) + zero, lowest, highest);
    }
}

template <class T, class Rule> void quantizes_by_the_inverse() {
    Tally tally;
    const auto [lowest, highest] = limits_of<T>;
    auto all = scales<T>();
    for (const std::int32_t zero : {1, -1, 3, 127}) all.push_back({0.00214854861f, zero});
    for (const Affine<> scale : all) {
        const auto values = reals(scale.value, lowest - scale.zero, highest - scale.zero);
        std::vector<value_of<T>> codes(values.size());
        std::vector<value_of<T>> apart(2 * values.size());
        quantize_into<Saturate, Rule>(values, QTensor<T, Affine<>>(codes.data(), Shape{values.size()}, scale));
        quantize_into<Saturate, Rule>(
            values, QTensor<T, Affine<>, Shape<dyn>, Strided>(apart.data(), Shape{values.size()}, {2}, scale));
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto want = reciprocal_code<Rule>(values[i], scale.value, scale.zero, lowest, highest);
            tally.same(codes[i], want, values[i], scale.value, scale.zero);
            tally.same(apart[2 * i], want, values[i], scale.value, scale.zero);
        }
    }
    tally.require_all_equal(400000);
}

}  // namespace

TEMPLATE_TEST_CASE("PyTorch and ggml multiply by the inverse of the scale", "[tensor][quantize]", TorchReciprocal,
                   TorchFusedReciprocal, GgmlReciprocal) {
    quantizes_by_the_inverse<std::int8_t, TestType>();
    quantizes_by_the_inverse<std::uint8_t, TestType>();
    quantizes_by_the_inverse<std::int16_t, TestType>();
}

TEST_CASE("The five published rules on one number each, at compile time", "[tensor][quantize]") {
    constexpr float published[] = {0.273939937f};
    constexpr Affine scale{0.00214854861f, 0};
    STATIC_REQUIRE(quantize<std::uint8_t, HalfEven>(published, Shape<1>{}, scale)(0) == 127);
    STATIC_REQUIRE(quantize<std::uint8_t, HalfAway>(published, Shape<1>{}, scale)(0) == 127);
    STATIC_REQUIRE(quantize<std::uint8_t, TorchReciprocal>(published, Shape<1>{}, scale)(0) == 128);
    STATIC_REQUIRE(quantize<std::uint8_t, GgmlReciprocal>(published, Shape<1>{}, scale)(0) == 128);
    constexpr float tie[] = {0.5f, 2.5f};
    constexpr Affine odd{1.0f, 1};
    STATIC_REQUIRE(quantize<std::int8_t, TorchReciprocal>(tie, Shape<2>{}, odd)(0) == 1);       // 0 + 1
    STATIC_REQUIRE(quantize<std::int8_t, TorchFusedReciprocal>(tie, Shape<2>{}, odd)(0) == 2);  // even(1.5)
    STATIC_REQUIRE(quantize<std::int8_t, TorchReciprocal>(tie, Shape<2>{}, odd)(1) == 3);
    STATIC_REQUIRE(quantize<std::int8_t, TorchFusedReciprocal>(tie, Shape<2>{}, odd)(1) == 4);
    STATIC_REQUIRE(quantize<std::int8_t, HalfAway>(tie, Shape<2>{}, odd)(1) == 4);
    STATIC_REQUIRE(quantize<std::int8_t, Floor>(tie, Shape<2>{}, odd)(1) == 3);
    // qint32: PyTorch multiplies in float, also where this library would divide in double.
    constexpr float wide[] = {0.1f};
    STATIC_REQUIRE(quantize<std::int32_t, TorchReciprocal>(wide, Shape<1>{}, Affine{1e-9f, 0})(0) ==
                   static_cast<std::int32_t>(0.1f * (1.0f / 1e-9f)));
}
