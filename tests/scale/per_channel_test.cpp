// SPDX-License-Identifier: BSL-1.0
#include <qtensor/scale/per_channel.hpp>

#include "support/catch.hpp"

using qtensor::dyn;
using qtensor::PerChannel;
using qtensor::PerChannelAffine;

TEST_CASE("A per-channel scale has a value for every index of its axis", "[scale][per_channel]") {
    constexpr PerChannel<3, 1> scale{{0.5f, 0.25f, 2.0f}};
    STATIC_REQUIRE(scale.scale(0) == 0.5f);
    STATIC_REQUIRE(scale.scale(1) == 0.25f);
    STATIC_REQUIRE(scale.scale(2) == 2.0f);
    STATIC_REQUIRE(PerChannel<3, 1>::axis == 1);
    STATIC_REQUIRE(PerChannel<3>::axis == 0);
    STATIC_REQUIRE(qtensor::channels_of<PerChannel<3>> == 3);
    STATIC_REQUIRE(qtensor::Scale<PerChannel<3>>);
    STATIC_REQUIRE_FALSE(qtensor::PerTensorScale<PerChannel<3>>);
    STATIC_REQUIRE_FALSE(qtensor::has_zero_point<PerChannel<3>>);
    STATIC_REQUIRE(qtensor::zero_point_of(scale, 2) == 0);
    STATIC_REQUIRE(scale == PerChannel<3, 1>{{0.5f, 0.25f, 2.0f}});
    STATIC_REQUIRE(scale != PerChannel<3, 1>{{0.5f, 0.25f, 2.5f}});
    STATIC_REQUIRE(PerChannel<2>{}.scale(1) == 0.0f);  // no usable scale until it is given
}

TEST_CASE("A per-channel scale of unknown size refers to the caller's array", "[scale][per_channel]") {
    float values[]{0.5f, 0.25f};
    const PerChannel<dyn, 2> scale{values};
    STATIC_REQUIRE(PerChannel<dyn, 2>::axis == 2);
    STATIC_REQUIRE(qtensor::channels_of<PerChannel<dyn>> == dyn);
    STATIC_REQUIRE(qtensor::Scale<PerChannel<dyn>>);
    values[1] = 8.0f;
    CHECK(scale.scale(0) == 0.5f);
    CHECK(scale.scale(1) == 8.0f);
}

TEST_CASE("Per-channel zero points belong to their channels", "[scale][per_channel]") {
    constexpr PerChannelAffine<2, 1> scale{{0.5f, 0.25f}, {-3, 7}};
    STATIC_REQUIRE(scale.scale(1) == 0.25f);
    STATIC_REQUIRE(scale.zero_point(0) == -3);
    STATIC_REQUIRE(scale.zero_point(1) == 7);
    STATIC_REQUIRE(qtensor::has_zero_point<PerChannelAffine<2>>);
    STATIC_REQUIRE(PerChannelAffine<2, 1>::axis == 1);
    STATIC_REQUIRE(PerChannelAffine<2>::axis == 0);
    STATIC_REQUIRE(qtensor::channels_of<PerChannelAffine<2>> == 2);
    STATIC_REQUIRE(scale == PerChannelAffine<2, 1>{{0.5f, 0.25f}, {-3, 7}});
    STATIC_REQUIRE(scale != PerChannelAffine<2, 1>{{0.5f, 0.25f}, {-3, 8}});
    STATIC_REQUIRE(scale != PerChannelAffine<2, 1>{{0.5f, 0.125f}, {-3, 7}});

    const float values[]{0.5f, 0.25f, 1.5f};
    const std::int32_t zeros[]{1, -2, 3};
    const PerChannelAffine<dyn, 3> dynamic{values, zeros};
    STATIC_REQUIRE(PerChannelAffine<dyn, 3>::axis == 3);
    STATIC_REQUIRE(qtensor::channels_of<PerChannelAffine<dyn>> == dyn);
    CHECK(dynamic.scale(2) == 1.5f);
    CHECK(dynamic.zero_point(1) == -2);
    CHECK(qtensor::zero_point_of(dynamic, 2) == 3);
}
