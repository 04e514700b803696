// SPDX-License-Identifier: BSL-1.0
#include <qtensor/scale/ratio.hpp>

#include "support/catch.hpp"

#include <cstdint>

using qtensor::Ratio;

TEST_CASE("A ratio is the nearest float to a quotient of integers", "[scale][ratio]") {
    STATIC_REQUIRE(Ratio<1, 20>{}.scale() == 0.05f);
    STATIC_REQUIRE(Ratio<1, 3>{}.scale() == 0x1.555556p-2f);
    STATIC_REQUIRE(Ratio<2, 127>{}.scale() == 0x1.020408p-6f);
    STATIC_REQUIRE(Ratio<7, 1>{}.scale() == 7.0f);
    STATIC_REQUIRE(Ratio<16777217, 16777216>{}.scale() == 1.0f);
    STATIC_REQUIRE(Ratio<1, 20>{}.scale(8) == 0.05f);
    STATIC_REQUIRE(Ratio<INT64_MAX, 1>{}.scale() == 9223372036854775808.0f);
}

TEST_CASE("A ratio is reduced to lowest terms", "[scale][ratio]") {
    using R = Ratio<6, 120>;
    STATIC_REQUIRE(R::numerator == 1);
    STATIC_REQUIRE(R::denominator == 20);
    STATIC_REQUIRE(Ratio<35, 14>::numerator == 5);
    STATIC_REQUIRE(Ratio<35, 14>::denominator == 2);
    STATIC_REQUIRE(R{}.scale() == Ratio<1, 20>{}.scale());
}

TEST_CASE("A ratio is a scale of the whole tensor, known to the compiler", "[scale][ratio]") {
    using R = Ratio<1, 20>;
    STATIC_REQUIRE(qtensor::PerTensorScale<R>);
    STATIC_REQUIRE_FALSE(qtensor::has_zero_point<R>);
    STATIC_REQUIRE(R::is_static);
    STATIC_REQUIRE(std::is_empty_v<R>);
    STATIC_REQUIRE(R{} == Ratio<1, 20>{});
}
