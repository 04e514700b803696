// SPDX-License-Identifier: BSL-1.0
#include <qtensor/scale/per_tensor.hpp>

#include "support/catch.hpp"

using qtensor::PerTensor;
using qtensor::Unscaled;

TEST_CASE("A per-tensor scale is one value and no zero point", "[scale][per_tensor]") {
    constexpr PerTensor scale{0.125f};
    STATIC_REQUIRE(std::is_same_v<std::remove_const_t<decltype(scale)>, PerTensor<>>);
    STATIC_REQUIRE(scale.scale() == 0.125f);
    STATIC_REQUIRE(scale.scale(41) == 0.125f);
    STATIC_REQUIRE(PerTensor<>{}.scale() == 1.0f);
    STATIC_REQUIRE(qtensor::PerTensorScale<PerTensor<>>);
    STATIC_REQUIRE_FALSE(qtensor::has_zero_point<PerTensor<>>);
    STATIC_REQUIRE(qtensor::zero_point_of(scale, 0) == 0);
    STATIC_REQUIRE(qtensor::channels_of<PerTensor<>> == 1);
    STATIC_REQUIRE(sizeof(scale) == sizeof(float));
    STATIC_REQUIRE(PerTensor{0.5f} == PerTensor{0.5f});
    STATIC_REQUIRE(PerTensor{0.5f} != PerTensor{0.25f});
}

TEST_CASE("A tag makes a per-tensor scale a type of its own", "[scale][per_tensor]") {
    struct Logits;
    STATIC_REQUIRE(std::is_same_v<qtensor::tag_of<PerTensor<Logits>>, Logits>);
    STATIC_REQUIRE_FALSE(std::is_same_v<PerTensor<Logits>, PerTensor<>>);
    STATIC_REQUIRE(PerTensor<Logits>{2.0f}.scale() == 2.0f);
}

TEST_CASE("Without a scale, numbers are worth what they say", "[scale][per_tensor]") {
    STATIC_REQUIRE(Unscaled{}.scale() == 1.0f);
    STATIC_REQUIRE(Unscaled{}.scale(3) == 1.0f);
    STATIC_REQUIRE(qtensor::PerTensorScale<Unscaled>);
    STATIC_REQUIRE_FALSE(qtensor::has_zero_point<Unscaled>);
    STATIC_REQUIRE(Unscaled{} == Unscaled{});
    STATIC_REQUIRE(std::is_empty_v<Unscaled>);
    STATIC_REQUIRE(Unscaled::is_static);
}
