// SPDX-License-Identifier: BSL-1.0
#include <qtensor/base/shape.hpp>

#include "support/catch.hpp"

#include <cstdint>
#include <string>

using Catch::Matchers::StartsWith;
using qtensor::dyn;
using qtensor::Shape;
using qtensor_test::PreconditionFailed;

TEST_CASE("A static shape knows everything", "[base][shape]") {
    using S = Shape<2, 3, 5>;
    STATIC_REQUIRE(S::rank == 3);
    STATIC_REQUIRE(S::dynamic_rank == 0);
    STATIC_REQUIRE(S::is_static);
    STATIC_REQUIRE(S::static_extent(0) == 2);
    STATIC_REQUIRE(S::static_extent(1) == 3);
    STATIC_REQUIRE(S::static_extent(2) == 5);
    STATIC_REQUIRE(S{}.extent(0) == 2);
    STATIC_REQUIRE(S{}.extent(2) == 5);
    STATIC_REQUIRE(S{}.size() == 30);
    STATIC_REQUIRE(qtensor::static_size<S> == 30);
    STATIC_REQUIRE(Shape<7>{}.size() == 7);
    STATIC_REQUIRE(Shape<4, 0, 9>{}.size() == 0);
}

TEST_CASE("A shape of rank 0 has one element", "[base][shape]") {
    STATIC_REQUIRE(Shape<>::rank == 0);
    STATIC_REQUIRE(Shape<>::is_static);
    STATIC_REQUIRE(Shape<>{}.size() == 1);
    STATIC_REQUIRE(qtensor::static_size<Shape<>> == 1);
}

TEST_CASE("Dynamic extents may be given alone or together with the static ones", "[base][shape]") {
    using S = Shape<dyn, 3, dyn, 5>;
    STATIC_REQUIRE(S::dynamic_rank == 2);
    STATIC_REQUIRE_FALSE(S::is_static);
    STATIC_REQUIRE(S::static_extent(0) == dyn);
    STATIC_REQUIRE(S::static_extent(3) == 5);
    constexpr S alone(7, 11);
    constexpr S all(7, 3, 11, 5);
    for (const S& shape : {alone, all}) {
        CHECK(shape.extent(0) == 7);
        CHECK(shape.extent(1) == 3);
        CHECK(shape.extent(2) == 11);
        CHECK(shape.extent(3) == 5);
        CHECK(shape.size() == 7 * 3 * 11 * 5);
    }
    STATIC_REQUIRE(alone == all);
    STATIC_REQUIRE(S{}.size() == 0);  // dynamic extents start at 0
    STATIC_REQUIRE(sizeof(S) == 2 * sizeof(std::size_t));
    STATIC_REQUIRE(Shape<2, 3>(2, 3).size() == 6);
}

TEST_CASE("Only as many arguments as extents or dynamic extents make a shape", "[base][shape]") {
    STATIC_REQUIRE(std::is_constructible_v<Shape<dyn, 3, dyn>, int, int>);
    STATIC_REQUIRE(std::is_constructible_v<Shape<dyn, 3, dyn>, int, int, int>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Shape<dyn, 3, dyn>, int>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Shape<dyn, 3, dyn>, int, int, int, int>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Shape<dyn>, const char*>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<int, Shape<dyn>>);
}

TEST_CASE("Integers alone deduce a dynamic shape", "[base][shape]") {
    constexpr Shape shape{2, 3u, std::size_t{4}};
    STATIC_REQUIRE(std::is_same_v<std::remove_const_t<decltype(shape)>, Shape<dyn, dyn, dyn>>);
    STATIC_REQUIRE(shape.size() == 24);
    STATIC_REQUIRE(shape.extent(0) == 2);
    STATIC_REQUIRE(shape.extent(1) == 3);
    STATIC_REQUIRE(shape.extent(2) == 4);
}

TEST_CASE("A static extent given another value is refused with both numbers", "[base][shape]") {
    CHECK_THROWS_WITH((Shape<dyn, 3>(2, 4)), StartsWith("a static extent was given another value (value 4, limit 3)"));
    CHECK_THROWS_WITH((Shape<8>(9)), StartsWith("a static extent was given another value (value 9, limit 8)"));
    CHECK(Shape<dyn, 3>(2, 3).size() == 6);
}

TEST_CASE("An axis beyond the rank is refused", "[base][shape]") {
    const Shape shape{2, 3};
    CHECK_THROWS_WITH(shape.extent(2), StartsWith("an axis is less than the rank (value 2, limit 2)"));
    CHECK_THROWS_WITH((Shape<4>{}.extent(1)), StartsWith("an axis is less than the rank (value 1, limit 1)"));
    CHECK_THROWS_WITH(Shape<>{}.extent(0), StartsWith("an axis is less than the rank (value 0, limit 0)"));
    CHECK(shape.extent(1) == 3);
}

TEST_CASE("A number of elements beyond std::size_t is refused, never small", "[base][shape]") {
    const std::size_t big = std::size_t{1} << 32;
    CHECK_THROWS_WITH((Shape{big, big}.size()), StartsWith("the number of elements does not fit std::size_t"));
    CHECK_THROWS_AS((Shape{big, big, std::size_t{0}}.size()), PreconditionFailed);  // the products come before the zero
    CHECK((Shape{std::size_t{0}, big, big}.size()) == 0);
    CHECK((Shape{big, big - 1}.size()) == 18446744069414584320u);
    STATIC_REQUIRE(qtensor::checked_product(3, 5) == 15);
    STATIC_REQUIRE(qtensor::checked_product(0, SIZE_MAX) == 0);
    STATIC_REQUIRE(qtensor::checked_product(1, SIZE_MAX) == SIZE_MAX);
    CHECK_THROWS_WITH(
        qtensor::checked_product(2, SIZE_MAX / 2 + 1),
        StartsWith("the number of elements does not fit std::size_t (value 2, limit -9223372036854775808)"));
}

TEST_CASE("Sums and multiples of sizes are refused beyond std::size_t", "[base][shape]") {
    STATIC_REQUIRE(qtensor::checked_sum(3, 5) == 8);
    STATIC_REQUIRE(qtensor::checked_sum(SIZE_MAX, 0) == SIZE_MAX);
    CHECK_THROWS_WITH(qtensor::checked_sum(SIZE_MAX, 7),
                      StartsWith("a sum of sizes does not fit std::size_t (value -1, limit 7)"));
    STATIC_REQUIRE(qtensor::round_up(0, 16) == 0);
    STATIC_REQUIRE(qtensor::round_up(1, 16) == 16);
    STATIC_REQUIRE(qtensor::round_up(16, 16) == 16);
    STATIC_REQUIRE(qtensor::round_up(17, 16) == 32);
    STATIC_REQUIRE(qtensor::round_up(7, 1) == 7);
    STATIC_REQUIRE(qtensor::round_up(SIZE_MAX - 15, 16) == SIZE_MAX - 15);
    CHECK_THROWS_AS(qtensor::round_up(SIZE_MAX - 14, 16), PreconditionFailed);
}

TEST_CASE("Shapes are equal when rank and extents are, however they are known", "[base][shape]") {
    STATIC_REQUIRE(Shape<2, 3>{} == Shape{2, 3});
    STATIC_REQUIRE(Shape{2, 3} == Shape<dyn, 3>(2));
    STATIC_REQUIRE_FALSE(Shape<2, 3>{} == Shape{3, 2});
    STATIC_REQUIRE_FALSE(Shape<2, 3>{} == Shape<2, 3, 1>{});
    STATIC_REQUIRE_FALSE(Shape<2, 3>{} == Shape{2, 4});
    STATIC_REQUIRE_FALSE(Shape<2, 3>{} == Shape{1, 3});
    STATIC_REQUIRE(Shape<2, 3>{} != Shape<>{});
    STATIC_REQUIRE(Shape<>{} == Shape<>{});
}

TEST_CASE("Extents agree when they are equal or one of them is dynamic", "[base][shape]") {
    STATIC_REQUIRE(qtensor::extents_agree(3, 3));
    STATIC_REQUIRE(qtensor::extents_agree(dyn, 3));
    STATIC_REQUIRE(qtensor::extents_agree(3, dyn));
    STATIC_REQUIRE(qtensor::extents_agree(dyn, dyn));
    STATIC_REQUIRE_FALSE(qtensor::extents_agree(3, 4));
    STATIC_REQUIRE_FALSE(qtensor::extents_agree(0, 1));
}

TEST_CASE("A static shape costs no bytes", "[base][shape]") { CHECK(std::is_empty_v<Shape<2, 3>>); }
