// SPDX-License-Identifier: BSL-1.0
#include <qtensor/scale/power_of_two.hpp>

#include "support/catch.hpp"
#include "support/tally.hpp"

#include <climits>
#include <cmath>

using Catch::Matchers::StartsWith;
using qtensor::exp2i;
using qtensor::PowerOfTwo;
using qtensor::PowerOfTwoPerChannel;

TEST_CASE("Powers of two are exact over all normal floats", "[scale][power_of_two]") {
    qtensor_test::Tally tally;
    for (int exponent = -126; exponent <= 127; ++exponent)
        tally.same_bits(exp2i(exponent), std::ldexp(1.0f, exponent), exponent);
    tally.require_all_equal(254);
    STATIC_REQUIRE(exp2i(0) == 1.0f);
    STATIC_REQUIRE(exp2i(-7) == 0.0078125f);
    STATIC_REQUIRE(exp2i(10) == 1024.0f);
}

TEST_CASE("The power of two above a number is the number itself or the next", "[scale][power_of_two]") {
    using qtensor::power_of_two_above;
    STATIC_REQUIRE(power_of_two_above(1.0f) == 0);
    STATIC_REQUIRE(power_of_two_above(0x1.000002p+0f) == 1);
    STATIC_REQUIRE(power_of_two_above(0x1.fffffep+0f) == 1);
    STATIC_REQUIRE(power_of_two_above(0.75f) == 0);
    STATIC_REQUIRE(power_of_two_above(0x1p-126f) == -126);
    STATIC_REQUIRE(power_of_two_above(0x1p-149f) == -126);
    STATIC_REQUIRE(power_of_two_above(0x1p+127f) == 127);
    STATIC_REQUIRE(power_of_two_above(0x1.8p+127f) == 127);
}

TEST_CASE("A power of two that is no normal float is refused", "[scale][power_of_two]") {
    CHECK_THROWS_WITH(exp2i(-127), StartsWith("2^exponent is a normal float from -126 on (value -127, limit -126)"));
    CHECK_THROWS_WITH(exp2i(INT_MIN), StartsWith("2^exponent is a normal float from -126 on (value -2147483648,"));
    CHECK_THROWS_WITH(exp2i(128), StartsWith("2^exponent is a float up to 127 (value 128, limit 127)"));
    CHECK_THROWS_WITH(exp2i(INT_MAX), StartsWith("2^exponent is a float up to 127 (value 2147483647, limit 127)"));
}

TEST_CASE("A power of two as a scale is known to the compiler", "[scale][power_of_two]") {
    using Q07 = PowerOfTwo<-7>;
    STATIC_REQUIRE(Q07{}.scale() == 0x1p-7f);
    STATIC_REQUIRE(Q07{}.scale(5) == 0x1p-7f);
    STATIC_REQUIRE(PowerOfTwo<3>{}.scale() == 8.0f);
    STATIC_REQUIRE(Q07::exponent == -7);
    STATIC_REQUIRE(Q07::is_static);
    STATIC_REQUIRE(qtensor::PerTensorScale<Q07>);
    STATIC_REQUIRE_FALSE(qtensor::has_zero_point<Q07>);
    STATIC_REQUIRE(qtensor::channels_of<Q07> == 1);
    STATIC_REQUIRE(std::is_empty_v<Q07>);
    STATIC_REQUIRE(Q07{} == PowerOfTwo<-7>{});
}

TEST_CASE("A power of two per channel is chosen when the program runs", "[scale][power_of_two]") {
    constexpr PowerOfTwoPerChannel<3, 1> scale{{-7, 0, 4}};
    STATIC_REQUIRE(scale.scale(0) == 0x1p-7f);
    STATIC_REQUIRE(scale.scale(1) == 1.0f);
    STATIC_REQUIRE(scale.scale(2) == 16.0f);
    STATIC_REQUIRE(PowerOfTwoPerChannel<3, 1>::axis == 1);
    STATIC_REQUIRE(PowerOfTwoPerChannel<3>::axis == 0);
    STATIC_REQUIRE(qtensor::channels_of<PowerOfTwoPerChannel<3>> == 3);
    STATIC_REQUIRE(qtensor::Scale<PowerOfTwoPerChannel<3>>);
    STATIC_REQUIRE(scale == PowerOfTwoPerChannel<3, 1>{{-7, 0, 4}});
    STATIC_REQUIRE(scale != PowerOfTwoPerChannel<3, 1>{{-7, 0, 5}});
    const PowerOfTwoPerChannel<1> low{{-128}};
    CHECK_THROWS_WITH(low.scale(0), StartsWith("2^exponent is a normal float from -126 on (value -128, limit -126)"));
}

TEST_CASE("The power of two above a number, while the program runs", "[scale]") {
    for (int exponent = -126; exponent <= 127; ++exponent) {
        const float power = std::ldexp(1.0f, exponent);
        CHECK(static_cast<int>(qtensor::power_of_two_above(power)) == exponent);
        const int next = static_cast<int>(qtensor::power_of_two_above(std::nextafter(power, HUGE_VALF)));
        CHECK(next == (exponent < 127 ? exponent + 1 : 127));
    }
    CHECK(static_cast<int>(qtensor::power_of_two_above(std::ldexp(1.0f, -149))) == -126);
    CHECK(static_cast<int>(qtensor::power_of_two_above(std::ldexp(1.0f, -127))) == -126);
}
