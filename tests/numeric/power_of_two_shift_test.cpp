// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/power_of_two_shift.hpp>

#include "support/catch.hpp"
#include "support/dialect_checks.hpp"
#include "support/refused.hpp"

using namespace qtensor_test;
using namespace qtensor;

TEMPLATE_TEST_CASE("A shift by a power of two rounds as its policy says", "[numeric][shift]", Floor, Ceil, TowardZero,
                   HalfEven, HalfAway, HalfUp) {
    using D = PowerOfTwoShift<TestType>;
    DialectCases<D> cases;
    Random random(95);
    for (std::int32_t exponent = -31; exponent <= 30; ++exponent)
        add_accumulators(cases, {exponent}, random, 1000, 3000);
    dialect_equals(cases, then_zero_point([](std::int32_t acc, const std::array<std::int32_t, 1>& m) {
                       return m[0] < 0 ? RoundingOracle<TestType>::quotient(acc, int128{1} << -m[0])
                                       : int128{acc} * (int128{1} << m[0]);
                   }),
                   250000);
}

TEST_CASE("The exponent is that of the scales; another quotient is refused", "[numeric][shift]") {
    using D = PowerOfTwoShift<>;
    STATIC_REQUIRE(D::derive(0.5f, 0.25f, 2.0f)[0] == -4);
    STATIC_REQUIRE(D::derive(1.0f, 1.0f, 1.0f)[0] == 0);
    STATIC_REQUIRE(D::derive(3.0f, 4.0f, 1.5f)[0] == 3);  // the quotient counts, not the scales
    STATIC_REQUIRE(D::derive(0x1p-20f, 0x1p-11f, 1.0f)[0] == -31);
    STATIC_REQUIRE(D::derive(0x1p30f, 1.0f, 1.0f)[0] == 30);
    CHECK(says(refused([] { D::derive(0.3f, 1.0f, 1.0f); }), "a power of two"));
    CHECK(says(refused([] { D::derive(0x1p-32f, 1.0f, 1.0f); }), "31 bits to the right"));
    CHECK(says(refused([] { D::derive(0x1p31f, 1.0f, 1.0f); }), "30 bits to the left"));
    STATIC_REQUIRE(D::largest_accumulator({-3}) == INT32_MAX);
    STATIC_REQUIRE(D::largest_accumulator({4}) == INT32_MAX >> 4);
}
