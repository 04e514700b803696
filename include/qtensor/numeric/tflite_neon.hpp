// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// TFLite's double rounding as its NEON kernels compute it, four registers at a time (tflite-micro `common.h`,
/// MultiplyByQuantizedMultiplier4Rows, double-rounding build): the second rounding is the instruction vrshl, whose ties
/// go up, where the scalar code sends them away from zero. The two differ on negative ties, on one and the same phone.
///
///     h = floor((x * 2^max(s, 0) * m + 2^30) / 2^31)         (vqrdmulh)
///     q = clamp(half_up(h / 2^max(-s, 0)) + zero_point)      (vrshl)

#include "rounding.hpp"
#include "tflite.hpp"

namespace qtensor::inline QTENSOR_ABI {

struct TfLiteNeon : TfLiteMultiplier {
    using TfLiteMultiplier::apply;

    /// For mantissa >= 0; x * 2^shift must fit int32.
    template <class I> QTENSOR_FORCE_INLINE static constexpr I multiply(I x, I mantissa, I shift) {
        const I left = lane::max(shift, lane::broadcast<I>(0));
        return HalfUp::divide(lane::high_product(lane::shift_left(x, left), mantissa), left - shift);
    }

    template <class I>
    QTENSOR_FORCE_INLINE static constexpr I apply(I acc, const std::array<I, words>& m, CodeRange range) {
        return detail::place(multiply(acc, m[0], m[1]), range);
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
