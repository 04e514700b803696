// SPDX-License-Identifier: BSL-1.0
#include <qtensor/scale/affine.hpp>

#include "support/catch.hpp"

using qtensor::Affine;

TEST_CASE("An affine scale is a value and a zero point, the same for every channel", "[scale][affine]") {
    constexpr Affine scale{0.25f, -128};
    STATIC_REQUIRE(std::is_same_v<std::remove_const_t<decltype(scale)>, Affine<>>);
    STATIC_REQUIRE(scale.scale() == 0.25f);
    STATIC_REQUIRE(scale.scale(9) == 0.25f);
    STATIC_REQUIRE(scale.zero_point() == -128);
    STATIC_REQUIRE(scale.zero_point(9) == -128);
    STATIC_REQUIRE(Affine<>{}.scale() == 1.0f);
    STATIC_REQUIRE(Affine<>{}.zero_point() == 0);
}

TEST_CASE("An affine scale is a scale of the whole tensor with a zero point", "[scale][affine]") {
    STATIC_REQUIRE(qtensor::Scale<Affine<>>);
    STATIC_REQUIRE(qtensor::PerTensorScale<Affine<>>);
    STATIC_REQUIRE(qtensor::has_zero_point<Affine<>>);
    STATIC_REQUIRE(qtensor::channels_of<Affine<>> == 1);
    STATIC_REQUIRE(Affine<>::axis == qtensor::per_tensor);
}

TEST_CASE("Affine scales are equal when value and zero point are, and their tags agree", "[scale][affine]") {
    STATIC_REQUIRE(Affine{0.5f, 3} == Affine{0.5f, 3});
    STATIC_REQUIRE(Affine{0.5f, 3} != Affine{0.5f, 4});
    STATIC_REQUIRE(Affine{0.5f, 3} != Affine{0.25f, 3});
    struct Hidden;
    struct Output;
    STATIC_REQUIRE(std::is_same_v<qtensor::tag_of<Affine<Hidden>>, Hidden>);
    STATIC_REQUIRE(std::is_void_v<qtensor::tag_of<Affine<>>>);
    STATIC_REQUIRE_FALSE(std::is_same_v<Affine<Hidden>, Affine<Output>>);
    STATIC_REQUIRE(Affine<Hidden>{0.5f, 3} == Affine<Hidden>{0.5f, 3});
}
