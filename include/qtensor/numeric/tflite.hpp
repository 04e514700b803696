// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// TFLite's, TFLite-Micro's and CMSIS-NN's default: integers only, two roundings.
///
///     M = s_x * s_w / s_y in double, left to right           (kernel_util.cc)
///     h = floor((x * 2^max(s, 0) * m + 2^30) / 2^31)         (gemmlowp SaturatingRoundingDoublingHighMul)
///     q = clamp(half_away(h / 2^max(-s, 0)) + zero_point)    (gemmlowp RoundingDivideByPOT)

#include <bit>
#include <type_traits>

#include "../arch/lanes.hpp"
#include "dialect.hpp"
#include "fixed_point.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// x / 2^exponent, nearest, ties away from zero; 0 <= exponent <= 31 (gemmlowp RoundingDivideByPOT).
template <class I>
QTENSOR_FORCE_INLINE constexpr I rounding_divide_by_power_of_two(I x, std::type_identity_t<I> exponent) {
    const I one(lane::broadcast<I>(1));
    const I zero(lane::broadcast<I>(0));
    const I mask = lane::wrapping_add(lane::shift_left(one, exponent), lane::broadcast<I>(-1));
    const I rest = x & mask;
    const I half = lane::shift_right(mask, one);
    const I threshold = half + lane::select(x < zero, one, zero);
    return lane::shift_right(x, exponent) + lane::select(rest > threshold, one, zero);
}

/// A rule of integers as real numbers have it: floor(acc * factor + 1/2 + (acc < 0 ? -nudge : nudge)), both constants
/// times 2^16. `factor` is rounded to float.
struct InFloat {
    float factor;
    float nudge;
};

/// What the TFLite family shares: the multiplier, and the rule for int64 accumulators (16-bit activations).
struct TfLiteMultiplier {
    static constexpr std::size_t words = 2;  // mantissa, shift

    static constexpr std::array<std::int32_t, words> derive(float input, float weight, float output) {
        const FixedPoint m =
            fixed_point(static_cast<double>(input) * static_cast<double>(weight) / static_cast<double>(output));
        return {m.mantissa, m.shift};
    }

    /// 2^16 times the multiplier, for shift <= 31.
    static constexpr float in_float(const std::array<std::int32_t, words>& m) {
        return static_cast<float>(m[0]) * std::bit_cast<float>((127 + m[1] - 15) << 23);
    }

    /// The largest |x| for which x * 2^max(shift, 0) fits int32.
    static constexpr std::uint32_t largest_accumulator(const std::array<std::int32_t, words>& m) {
        return static_cast<std::uint32_t>(INT32_MAX) >> (m[1] > 0 ? m[1] : 0);
    }

    /// The largest |x| that the rule for int64 takes, and its largest shift (`common.cc`).
    static constexpr std::int64_t largest_wide_accumulator = (std::int64_t{1} << 47) - 1;
    static constexpr std::int32_t largest_wide_shift = 7;

    /// floor((x * m16 + 2^(14 - shift)) / 2^(15 - shift)), where m16 is the mantissa rounded to 16 bits and held at
    /// 0x7fff (tflite-micro `common.cc`, MultiplyByQuantizedMultiplier of int64; CMSIS-NN arm_nn_requantize_s64 is the
    /// same number). Needs |x| < 2^47, mantissa >= 0, -31 <= shift <= 7.
    static constexpr std::int64_t multiply_wide(std::int64_t x, std::int32_t mantissa, std::int32_t shift) {
        const std::int64_t m16 = mantissa < 0x7fff0000 ? (mantissa + 0x8000) >> 16 : 0x7fff;
        return (x * m16 + (std::int64_t{1} << (14 - shift))) >> (15 - shift);
    }

    /// clamp(multiply_wide(acc) + zero_point); the preconditions of multiply_wide.
    static constexpr std::int32_t apply(std::int64_t acc, const std::array<std::int32_t, words>& m, CodeRange range) {
        const std::int64_t code = multiply_wide(acc, m[0], m[1]) + range.zero_point;
        return static_cast<std::int32_t>(code < range.lowest    ? range.lowest
                                         : code > range.highest ? range.highest
                                                                : code);
    }
};

struct TfLiteDoubleRounding : TfLiteMultiplier {
    using TfLiteMultiplier::apply;

    /// MultiplyByQuantizedMultiplier of tflite-micro `common.cc`, double-rounding build, for mantissa >= 0. x * 2^shift
    /// must fit int32; where every shift is at most 0, `ShiftsLeft` need not be. The division is
    /// rounding_divide_by_power_of_two in fewer steps, s = h - (h < 0), (floor(s / 2^(e-1)) + 1) / 2; neither sum can
    /// overflow because h = high_product(...) lies in [-2^31 + 1, 2^31 - 2].
    template <bool ShiftsLeft = true, class I>
    QTENSOR_FORCE_INLINE static constexpr I multiply(I x, I mantissa, I shift) {
        const I zero = lane::broadcast<I>(0);
        const I one = lane::broadcast<I>(1);
        I right = zero - shift;
        if constexpr (ShiftsLeft) {
            const I left = lane::max(shift, zero);
            right = left - shift;
            x = lane::shift_left(x, left);
        }
        const I high = lane::high_product(x, mantissa);
        const I towards = high + lane::shift_right(high, lane::broadcast<I>(31));
        const I halves = lane::shift_right(towards, lane::max(right - one, zero));
        return lane::select(right > zero, lane::shift_right(halves + one, one), high);
    }

    /// The quotient alone.
    template <bool ShiftsLeft, class I>
    QTENSOR_FORCE_INLINE static constexpr I whole(I acc, const std::array<I, words>& m) {
        return multiply<ShiftsLeft>(acc, m[0], m[1]);
    }
    static constexpr bool whole_fits(const std::array<std::int32_t, words>&) { return true; }

    static constexpr bool moves_ties = true;
    /// The first rounding moves the ties of the second one: with e = -shift > 0 and p = acc * M, h >= (k + 1/2) 2^e
    /// where p >= k + 1/2 - 2^-(e+1), and h > (k + 1/2) 2^e, as half_away wants it of negative h, where p >= k + 1/2 +
    /// 2^-(e+1).
    static constexpr InFloat nearly(const std::array<std::int32_t, words>& m) {
        return {in_float(m), m[1] < 0 ? std::bit_cast<float>((127 + m[1] + 15) << 23) : 0.0f};
    }

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
