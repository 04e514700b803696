// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// gemmlowp's legacy output stage (`public/output_stages.h`, OutputStageQuantizeDownInt32ToUint8Scale): integers that
/// the user chose, one rounding, ties up.
///
///     q = clamp(floor(((acc + offset) * multiplier + 2^(shift - 1)) / 2^shift) + zero_point)
///
/// gemmlowp has no zero point behind the shift: its offset, in units of the accumulator, does that work. Words with an
/// offset go with a CodeRange whose zero point is 0; derived words have offset 0.

#include "../arch/lanes.hpp"
#include "dialect.hpp"
#include "fixed_point.hpp"

namespace qtensor::inline QTENSOR_ABI {

struct GemmlowpLegacy {
    static constexpr std::size_t words = 3;  // offset, multiplier, shift

    /// gemmlowp publishes no derivation for this stage: the numbers are the user's. Here: offset 0 and TFLite's
    /// mantissa, which makes the result that of TfLiteSingleRounding.
    static constexpr std::array<std::int32_t, words> derive(float input, float weight, float output) {
        const FixedPoint m =
            fixed_point(static_cast<double>(input) * static_cast<double>(weight) / static_cast<double>(output));
        return {0, m.mantissa, 31 - m.shift};
    }

    /// acc + offset must fit int32; 0 <= shift <= 62. The product has 64 bits; gemmlowp's own has 32, so it asks more
    /// of its user.
    template <class I>
    QTENSOR_FORCE_INLINE static constexpr I apply(I acc, const std::array<I, words>& m, CodeRange range) {
        return detail::place(lane::product_shift(lane::wrapping_add(acc, m[0]), m[1], m[2]), range);
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
