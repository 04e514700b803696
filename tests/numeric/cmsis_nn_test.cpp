// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/cmsis_nn.hpp>

#include "support/catch.hpp"
#include "support/fixed_point_oracle.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

using namespace qtensor_test;
using qtensor::CmsisNn;
using qtensor::CmsisNnSingleRounding;

namespace {

/// arm_nn_doubling_high_mult_no_sat, then arm_nn_divide_by_power_of_two, from their formulas.
std::int64_t arm_nn_requantize(std::int64_t x, std::int32_t multiplier, int shift) {
    const int128 product = int128{x * (std::int64_t{1} << (shift > 0 ? shift : 0))} * multiplier;
    const auto high = static_cast<std::int64_t>(floor_divide(product + (1LL << 30), 1LL << 31));
    return divide_away(high, shift < 0 ? -shift : 0);
}

/// arm_nn_requantize_s64: ((x * m16 >> (14 - shift)) + 1) >> 1.
std::int64_t arm_nn_requantize_s64(std::int64_t x, std::int32_t multiplier, int shift) {
    const std::int64_t reduced = multiplier < 0x7fff0000 ? (std::int64_t{multiplier} + 0x8000) >> 16 : 0x7fff;
    return (((x * reduced) >> (14 - shift)) + 1) >> 1;
}

}  // namespace

TEST_CASE("CMSIS-NN requantizes as TFLite does, int64 accumulators included", "[numeric][cmsis_nn]") {
    STATIC_REQUIRE(std::is_same_v<CmsisNn, qtensor::TfLiteDoubleRounding>);
    STATIC_REQUIRE(std::is_same_v<CmsisNnSingleRounding, qtensor::TfLiteSingleRounding>);
    Random random(85);
    Tally tally;
    for (int i = 0; i < 300000; ++i) {
        const auto mantissa = static_cast<std::int32_t>(random.between(1 << 30, INT32_MAX));
        const auto shift = static_cast<std::int32_t>(random.between(-31, 10));
        const std::int32_t x = random.int32_any_size() >> (shift > 0 ? shift : 0);
        tally.same(CmsisNn::multiply(x, mantissa, shift), arm_nn_requantize(x, mantissa, shift), x, mantissa, shift);
        const auto wide_shift = static_cast<std::int32_t>(random.between(-31, 7));
        const std::int64_t wide = random.int64() >> random.between(17, 60);
        tally.same(CmsisNn::multiply_wide(wide, mantissa, wide_shift),
                   arm_nn_requantize_s64(wide, mantissa, wide_shift), wide, mantissa, wide_shift);
    }
    tally.require_all_equal(600000);
}
