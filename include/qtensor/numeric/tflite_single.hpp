// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// TFLite's single rounding: `TFLITE_SINGLE_ROUNDING` of tflite-micro (`common.cc`), `CMSIS_NN_USE_SINGLE_ROUNDING`,
/// and ruy's `apply_multiplier.cc`. One 64-bit product, one rounding, ties up.
///
///     q = clamp(floor((x * m + 2^(30 - s)) / 2^(31 - s)) + zero_point),   -31 <= s <= 30

#include "tflite.hpp"

namespace qtensor::inline QTENSOR_ABI {

struct TfLiteSingleRounding : TfLiteMultiplier {
    using TfLiteMultiplier::apply;

    /// M as for double rounding, but a shift beyond 30 is held there (`quantization_util.cc`).
    static constexpr std::array<std::int32_t, words> derive(float input, float weight, float output) {
        const auto m = TfLiteMultiplier::derive(input, weight, output);
        return m[1] > 30 ? std::array<std::int32_t, words>{INT32_MAX, 30} : m;
    }

    /// Every int32: the product has 64 bits, and a result beyond int32 is held at its end. (TFLite calls that an
    /// error.)
    static constexpr std::uint32_t largest_accumulator(const std::array<std::int32_t, words>&) {
        return static_cast<std::uint32_t>(INT32_MAX);
    }

    /// The rule for any mantissa and -31 <= shift <= 30, held inside int32.
    template <class I> QTENSOR_FORCE_INLINE static constexpr I multiply(I x, I mantissa, I shift) {
        return lane::product_shift(x, mantissa, lane::broadcast<I>(31) - shift);
    }

    /// One rounding: no tie is moved.
    static constexpr bool moves_ties = false;
    static constexpr InFloat nearly(const std::array<std::int32_t, words>& m) { return {in_float(m), 0.0f}; }

    template <class I>
    QTENSOR_FORCE_INLINE static constexpr Unplaced<I> unplaced(I acc, const std::array<I, words>& m, CodeRange range) {
        return {multiply(acc, m[0], m[1]), range};
    }
    template <class I>
    QTENSOR_FORCE_INLINE static constexpr I apply(I acc, const std::array<I, words>& m, CodeRange range) {
        return detail::place(unplaced(acc, m, range));
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
