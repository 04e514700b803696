// SPDX-License-Identifier: BSL-1.0
#include <qtensor/scale.hpp>

#include "support/catch.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

using namespace qtensor;
using namespace qtensor_test;

static_assert(Scale<PowerOfTwoPerTensor> && PerTensorScale<PowerOfTwoPerTensor>);
static_assert(!has_zero_point<PowerOfTwoPerTensor>);
static_assert(PowerOfTwoPerTensor{-7}.scale() == 1 / 128.0f && PowerOfTwoPerTensor{}.scale() == 1.0f);

TEST_CASE("A power of two is fitted from above, and never twice too large", "[scale]") {
    STATIC_REQUIRE(PowerOfTwoPerTensor::fit(1.0f).exponent == 0);
    STATIC_REQUIRE(PowerOfTwoPerTensor::fit(1.0000001f).exponent == 1);
    STATIC_REQUIRE(PowerOfTwoPerTensor::fit(0.1f).exponent == -3);
    STATIC_REQUIRE(PowerOfTwoPerTensor::fit(FLT_MIN).exponent == -126);
    STATIC_REQUIRE(PowerOfTwoPerTensor::fit(FLT_TRUE_MIN).exponent == -126);
    STATIC_REQUIRE(PowerOfTwoPerTensor::fit(FLT_MAX).exponent == 127);  // 2^128 is no float: the largest there is
    Random random(51);
    Tally tally;
    for (int i = 0; i < 100000; ++i) {
        const float wanted = std::ldexp(random.real(1.0, 2.0), static_cast<int>(random.between(-125, 125)));
        const double ratio =
            static_cast<double>(PowerOfTwoPerTensor::fit(wanted).scale()) / static_cast<double>(wanted);
        tally.same(ratio >= 1.0 && ratio < 2.0, 1, wanted);
        const auto each = PowerOfTwoPerChannel<2>::fit({wanted, 0.75f});
        tally.same(each.exponents[0], PowerOfTwoPerTensor::fit(wanted).exponent, wanted);
        tally.same(each.exponents[1], 0, wanted);
    }
    tally.require_all_equal(300000);
}
