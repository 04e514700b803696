// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/range.hpp>
#include <qtensor/scale.hpp>

#include <cfloat>
#include <cmath>
#include <limits>
#include <string>

using namespace qtensor;

namespace {

template <class T> void check(Range range, float scale, std::int32_t zero) {
    INFO("[" << range.lowest << ", " << range.highest << "]");
    const Affine<> got = fit_affine<T>(range);
    CHECK(got.value == scale);
    CHECK(got.zero == zero);
}

template <class T> std::string complaint(Range range) {
    try {
        static_cast<void>(fit_affine<T>(range));
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "nothing was thrown";
}

constexpr float infinite = std::numeric_limits<float>::infinity();
constexpr float undefined = std::numeric_limits<float>::quiet_NaN();

}  // namespace

// scale = (max - min) / 255, zero = round(-128 - min / scale), by hand.
TEST_CASE("fit_affine: int8 by hand", "[fit_affine]") {
    check<std::int8_t>({0.0f, 255.0f}, 1.0f, -128);
    check<std::int8_t>({-255.0f, 0.0f}, 1.0f, 127);
    check<std::int8_t>({-128.0f, 127.0f}, 1.0f, 0);
    check<std::int8_t>({-100.0f, 155.0f}, 1.0f, -28);
    check<std::int8_t>({-0.25f, 63.5f}, 0.25f, -127);
    check<std::int8_t>({-63.5f, 0.25f}, 0.25f, 126);
    check<std::int8_t>({10.0f, 127.5f}, 0.5f, -128);   // widened to [0, 127.5]
    check<std::int8_t>({-127.5f, -10.0f}, 0.5f, 127);  // widened to [-127.5, 0]
    check<std::int8_t>({127.5f, 127.5f}, 0.5f, -128);  // a constant
    check<std::int8_t>({-127.5f, -127.5f}, 0.5f, 127);
    check<std::int8_t>({-100.25f, 154.75f}, 1.0f, -28);   // -27.75
    check<std::int8_t>({-100.75f, 154.25f}, 1.0f, -27);   // -27.25
    check<std::int8_t>({-100.5f, 154.5f}, 1.0f, -28);     // -27.5: away from zero, as TFLite rounds
    check<std::int8_t>({-200.5f, 54.5f}, 1.0f, 73);       // 72.5
    check<std::int8_t>({-1.0f, 1.0f}, 0.007843138f, -1);  // float(2 / 255) is a little more than 2 / 255: -0.50001
    check<std::int8_t>({-0.0f, 510.0f}, 2.0f, -128);
}

TEST_CASE("fit_affine: other elements by hand", "[fit_affine]") {
    check<std::uint8_t>({-100.0f, 155.0f}, 1.0f, 100);
    check<std::uint8_t>({0.0f, 127.5f}, 0.5f, 0);
    check<std::uint8_t>({-127.5f, 0.0f}, 0.5f, 255);
    check<int8_symmetric>({-127.0f, 127.0f}, 1.0f, 0);
    check<int8_symmetric>({0.0f, 254.0f}, 1.0f, -127);
    check<Ranged<std::int8_t, -64, 63>>({-32.0f, 31.5f}, 0.5f, 0);
    check<int4>({-8.0f, 7.0f}, 1.0f, 0);
    check<int4>({0.0f, 15.0f}, 1.0f, -8);
    check<uint4>({-15.0f, 0.0f}, 1.0f, 15);
    check<std::int16_t>({-32768.0f, 32767.0f}, 1.0f, 0);
    check<std::int16_t>({0.0f, 65535.0f}, 1.0f, -32768);
}

TEST_CASE("fit_affine: nothing but zero", "[fit_affine]") {
    check<std::int8_t>({0.0f, 0.0f}, 1.0f, 0);
    check<std::int8_t>({-0.0f, 0.0f}, 1.0f, 0);
    check<std::uint8_t>({0.0f, 0.0f}, 1.0f, 0);
    check<std::int8_t>({}, 1.0f, 0);
}

TEST_CASE("fit_affine: zero is a code, and codes cover the range within half a step", "[fit_affine]") {
    std::uint64_t state = 9;
    const auto random = [&] {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return static_cast<double>(state >> 33) / 2147483648.0;
    };
    for (int round = 0; round < 20000; ++round) {
        const double size = std::exp2(random() * 200.0 - 100.0);
        const double a = (random() * 2.0 - 1.0) * size, b = (random() * 2.0 - 1.0) * size * random();
        const Range range{static_cast<float>(std::fmin(a, b)), static_cast<float>(std::fmax(a, b))};
        const Affine<> fit = fit_affine<std::int8_t>(range);
        const auto scale = static_cast<double>(fit.value);
        const double lowest = std::fmin(static_cast<double>(range.lowest), 0.0);
        const double highest = std::fmax(static_cast<double>(range.highest), 0.0);
        REQUIRE(fit.zero >= -128);
        REQUIRE(fit.zero <= 127);
        REQUIRE(std::fabs(scale * 255.0 - (highest - lowest)) <= (highest - lowest) * 6e-8);
        REQUIRE((-128 - fit.zero) * scale <= lowest + 0.50001 * scale);
        REQUIRE((127 - fit.zero) * scale >= highest - 0.50001 * scale);
    }
}

TEST_CASE("fit_affine: ranges without a scale say which", "[fit_affine]") {
    CHECK(complaint<std::int8_t>({undefined, 1.5f}) ==
          "fit_affine: a range has finite ends, this one is [nan, 1.500000]");
    CHECK(complaint<std::int8_t>({-1.5f, undefined}) ==
          "fit_affine: a range has finite ends, this one is [-1.500000, nan]");
    CHECK(complaint<std::int8_t>({-infinite, 2.0f}) ==
          "fit_affine: a range has finite ends, this one is [-inf, 2.000000]");
    CHECK(complaint<std::int8_t>({0.0f, infinite}) ==
          "fit_affine: a range has finite ends, this one is [0.000000, inf]");
    // 1e-45 / 255 is no float, 2^129 / 1 neither; over 255 steps every finite range has a scale.
    CHECK(complaint<std::int8_t>({0.0f, 1e-45f}).find("fit_affine: no positive float scale spans [") == 0);
    CHECK(complaint<std::int8_t>({-1e-43f, 0.0f}).find("fit_affine: no positive float scale spans [") == 0);
    using Bit = Ranged<std::int8_t, 0, 1>;
    CHECK(complaint<Bit>({-FLT_MAX, FLT_MAX}).find("fit_affine: no positive float scale spans [-34028234") == 0);
    CHECK(complaint<Bit>({0.0f, FLT_MAX}) == "nothing was thrown");
    CHECK(fit_affine<std::int8_t>({-FLT_MAX, FLT_MAX}).value ==
          static_cast<float>(2.0 * 3.4028234663852886e38 / 255.0));
}

TEST_CASE("fit_scale_to: without a zero point both ends lie inside the codes", "[fit_scale]") {
    CHECK(fit_scale_to<Affine<>, std::int8_t>({-128.0f, 127.0f}) == Affine{1.0f, 0});
    CHECK(fit_scale_to<PerTensor<>, std::int8_t>({-128.0f, 100.0f}).value == 1.0f);
    CHECK(fit_scale_to<PerTensor<>, std::int8_t>({-1.0f, 254.0f}).value == 2.0f);
    CHECK(fit_scale_to<PerTensor<>, int8_symmetric>({-254.0f, 0.0f}).value == 2.0f);
    CHECK(fit_scale_to<PerTensor<>, std::uint8_t>({-7.0f, 510.0f}).value == 2.0f);  // a uint8 has no code below 0
    CHECK(fit_scale_to<PerTensor<>, std::int8_t>({0.0f, 0.0f}).value == 1.0f);
    CHECK(fit_scale_to<PowerOfTwoPerTensor, std::int8_t>({-1.0f, 1.0f}).exponent == -6);  // 1 / 127 > 2^-7
    CHECK(fit_scale_to<PowerOfTwoPerTensor, std::int8_t>({-1.0f, 0.9f}).exponent == -7);
    CHECK(fit_scale_to<PowerOfTwoPerTensor, std::int8_t>({3.0f, 127.0f}).exponent == 0);
    CHECK(fit_scale_to<PowerOfTwo<-3>, std::int8_t>({-1.0f, 1000.0f}) == PowerOfTwo<-3>{});
    CHECK_THROWS_AS((fit_scale_to<PerTensor<>, std::int8_t>({0.0f, infinite})), std::invalid_argument);
}
