// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/scale.hpp>
#include <qtensor/scale/on_axis.hpp>

#include <concepts>

using namespace qtensor;

TEST_CASE("A policy keeps its values when its axis moves", "[scale][on_axis]") {
    using Moved = OnAxis<PerChannelAffine<2>, 3>;
    STATIC_REQUIRE(Scale<Moved>);
    STATIC_REQUIRE(Moved::axis == 3);
    STATIC_REQUIRE(channels_of<Moved> == 2);
    constexpr Moved moved(PerChannelAffine<2>{{0.5f, 0.25f}, {3, -4}});
    STATIC_REQUIRE(moved.scale(1) == 0.25f);
    STATIC_REQUIRE(zero_point_of(moved, 1) == -4);
    STATIC_REQUIRE(!has_zero_point<OnAxis<PerChannel<2>, 1>>);
    STATIC_REQUIRE(same_meaning(moved, OnAxis<PerChannelAffine<2>, 3>(moved), 2));
}

TEST_CASE("An axis is moved only where there is one to move", "[scale][on_axis]") {
    STATIC_REQUIRE(std::same_as<on_axis<2, PerChannel<4>>, OnAxis<PerChannel<4>, 2>>);
    STATIC_REQUIRE(std::same_as<on_axis<0, PerChannel<4>>, PerChannel<4>>);
    STATIC_REQUIRE(std::same_as<on_axis<2, PerTensor<>>, PerTensor<>>);
    STATIC_REQUIRE(std::same_as<on_axis<0, OnAxis<PerChannel<4>, 2>>, PerChannel<4>>);  // and back
    STATIC_REQUIRE(std::same_as<on_axis<1, OnAxis<PerChannel<4>, 2>>, OnAxis<PerChannel<4>, 1>>);
    STATIC_REQUIRE(std::same_as<on_axis<2, OnAxis<PerChannel<4>, 2>>, OnAxis<PerChannel<4>, 2>>);
}
