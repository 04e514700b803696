// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// exp, logistic and tanh on fixed-point integers, bit for bit those of gemmlowp (`fixedpoint/fixedpoint.h`), on which
/// TFLite's integer SOFTMAX, LOGISTIC and TANH stand. Qm.n is an int32 worth x / 2^n, with m integer bits, m + n = 31;
/// results are Q0.31, where 2^31 - 1 stands for 1. One int32 or lanes of them, with equal bits. None can fail.

#include <bit>

#include "tflite.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// x * 2^Exponent held inside int32.
template <int Exponent, class I> QTENSOR_FORCE_INLINE constexpr I saturating_shift_left(I x) {
    const I highest = lane::broadcast<I>(INT32_MAX >> Exponent);
    const I lowest = lane::broadcast<I>(INT32_MIN >> Exponent);
    const I shifted = lane::shift_left(x, lane::broadcast<I>(Exponent));
    const I above = lane::select(x > highest, lane::broadcast<I>(INT32_MAX), shifted);
    return lane::select(x < lowest, lane::broadcast<I>(INT32_MIN), above);
}

/// exp(a) for a in [-1/4, 0), Q0.31: the Taylor series of fourth degree around -1/8.
template <class I> QTENSOR_FORCE_INLINE constexpr I exp_of_a_quarter(I a) {
    const I middle = lane::broadcast<I>(1895147668);  // exp(-1/8)
    const I third = lane::broadcast<I>(715827883);    // 1/3
    const I x = lane::wrapping_add(a, lane::broadcast<I>(1 << 28));
    const I x2 = lane::doubling_high(x, x);
    const I x3 = lane::doubling_high(x2, x);
    const I x4 = lane::doubling_high(x2, x2);
    const I x4_over_4 = rounding_divide_by_power_of_two(x4, lane::broadcast<I>(2));
    const I tail = lane::wrapping_add(lane::doubling_high(lane::wrapping_add(x4_over_4, x3), third), x2);
    const I series = lane::wrapping_add(x, rounding_divide_by_power_of_two(tail, lane::broadcast<I>(1)));
    return lane::wrapping_add(middle, lane::doubling_high(middle, series));
}

/// Where bit `Exponent` of the distance from the quarter is set, another factor exp(-2^Exponent).
template <int IntegerBits, int Exponent, class I>
QTENSOR_FORCE_INLINE constexpr I exp_factor(I result, I remainder, std::int32_t factor) {
    if constexpr (IntegerBits > Exponent) {
        const I bit = lane::broadcast<I>(1 << (31 - IntegerBits + Exponent));
        return lane::select((remainder & bit) == bit, lane::doubling_high(result, lane::broadcast<I>(factor)), result);
    } else {
        return result;
    }
}

/// An approximation of 1 / d in Q2.29 for d = (1 + a) / 2 in [1/2, 1), a in Q0.31: three Newton steps from 48/17 -
/// 32/17 d.
template <class I> QTENSOR_FORCE_INLINE constexpr I inverse_of_half_sum(I a) {
    const I half = lane::shift_right(a, lane::broadcast<I>(1)) + lane::broadcast<I>(1 << 30);  // (1 + a) / 2
    const I one = lane::broadcast<I>(1 << 29);
    I x =
        lane::wrapping_add(lane::broadcast<I>(1515870810), lane::doubling_high(half, lane::broadcast<I>(-1010580540)));
    for (int step = 0; step < 3; ++step) {
        const I rest = one - lane::doubling_high(half, x);
        x = lane::wrapping_add(x, saturating_shift_left<2>(lane::doubling_high(x, rest)));
    }
    return x;
}

}  // namespace detail

/// exp(a) for a <= 0 in Q(IntegerBits).(31 - IntegerBits), 0 <= IntegerBits <= 31; exp(0) is 2^31 - 1.
template <int IntegerBits, class I> QTENSOR_FORCE_INLINE constexpr I exp_on_negative_values(I a) {
    constexpr std::int32_t quarter = 1 << (29 - IntegerBits);
    const I low = (a & lane::broadcast<I>(quarter - 1)) - lane::broadcast<I>(quarter);  // in [-1/4, 0)
    const I remainder = lane::wrapping_add(low, lane::wrapping_multiply(a, lane::broadcast<I>(-1)));
    I result = detail::exp_of_a_quarter(detail::saturating_shift_left<IntegerBits>(low));
    result = detail::exp_factor<IntegerBits, -2>(result, remainder, 1672461947);
    result = detail::exp_factor<IntegerBits, -1>(result, remainder, 1302514674);
    result = detail::exp_factor<IntegerBits, 0>(result, remainder, 790015084);
    result = detail::exp_factor<IntegerBits, 1>(result, remainder, 290630308);
    result = detail::exp_factor<IntegerBits, 2>(result, remainder, 39332535);
    result = detail::exp_factor<IntegerBits, 3>(result, remainder, 720401);
    result = detail::exp_factor<IntegerBits, 4>(result, remainder, 242);
    const I zero = lane::broadcast<I>(0);
    if constexpr (IntegerBits > 5)
        result = lane::select(a < lane::broadcast<I>(-(1 << (36 - IntegerBits))), zero, result);
    return lane::select(a == zero, lane::broadcast<I>(INT32_MAX), result);
}

/// 1 / (1 + a) for a in [0, 1), Q0.31 to Q0.31.
template <class I> QTENSOR_FORCE_INLINE constexpr I one_over_one_plus_x(I a) {
    return detail::saturating_shift_left<1>(detail::inverse_of_half_sum(a));
}

/// (1 - a) / (1 + a) for a in [0, 1), Q0.31 to Q0.31.
template <class I> QTENSOR_FORCE_INLINE constexpr I one_minus_x_over_one_plus_x(I a) {
    return detail::saturating_shift_left<2>(detail::inverse_of_half_sum(a) - lane::broadcast<I>(1 << 29));
}

/// 1 / (1 + exp(-a)) for a in Q(IntegerBits).(31 - IntegerBits).
template <int IntegerBits, class I> QTENSOR_FORCE_INLINE constexpr I logistic(I a) {
    const I zero = lane::broadcast<I>(0);
    const I negative = lane::select(a > zero, lane::wrapping_multiply(a, lane::broadcast<I>(-1)), a);
    const I result = one_over_one_plus_x(exp_on_negative_values<IntegerBits>(negative));
    const I signed_result = lane::select(a > zero, result, lane::broadcast<I>(INT32_MAX) - result);
    return lane::select(a == zero, lane::broadcast<I>(1 << 30), signed_result);
}

/// tanh(a) for a in Q(IntegerBits).(31 - IntegerBits): 2 a is the same integer with one more integer bit.
template <int IntegerBits, class I> QTENSOR_FORCE_INLINE constexpr I tanh(I a) {
    const I zero = lane::broadcast<I>(0);
    const I negative = lane::select(a < zero, a, lane::wrapping_multiply(a, lane::broadcast<I>(-1)));
    const I result = one_minus_x_over_one_plus_x(exp_on_negative_values<IntegerBits + 1>(negative));
    return lane::select(a == zero, zero, lane::select(a < zero, zero - result, result));
}

/// ln(x) for x >= 1 in Q(In).(31 - In), in Q(Out).(31 - Out): TFLite's (`kernels/internal/common.h`,
/// log_x_for_x_greater_than_or_equal_to_1). Out is at least the bits of In ln 2. x is 2^p r with r near 2^(-1/4), found
/// by two normalisations half a power apart, and ln r a quotient of polynomials.
template <int In, int Out> constexpr std::int32_t log_of_at_least_one(std::int32_t x) {
    constexpr std::int32_t ln_2 = 1488522236, fourth_root_of_half = 1805811301, root_of_half = 1518500250;
    constexpr std::int32_t alpha_n = 117049297, alpha_d = 127690142, alpha_i = 1057819769, alpha_f = 638450708;
    constexpr int fraction = 30 - Out;  // an integer bit more than the result
    constexpr std::int32_t quarter = 1 << (fraction - 2);
    const auto times = [](std::int32_t a, std::int32_t b) { return lane::doubling_high(a, b); };
    const auto left = [](std::int32_t a, int shift) {
        const std::int64_t made = std::int64_t{a} << shift;
        return static_cast<std::int32_t>(made > INT32_MAX ? INT32_MAX : made);  // no logarithm is far below zero
    };
    const int a_zeros = std::countl_zero(static_cast<std::uint32_t>(x));
    const std::int32_t r_a = left(times(left(x, a_zeros - 1), root_of_half), 1);
    const std::int32_t power_a = (In - a_zeros) * (1 << fraction) + quarter;
    const int b_room = std::countl_zero(static_cast<std::uint32_t>(times(x, root_of_half))) - 1;
    const std::int32_t r_b = left(x, b_room);
    const std::int32_t power_b = (In - b_room) * (1 << fraction) - quarter;
    const std::int32_t r = r_a < r_b ? r_a : r_b;
    const std::int32_t power = power_a > power_b ? power_a : power_b;
    const std::int64_t whole = std::int64_t{r} + fourth_root_of_half;  // above zero, as r is
    const auto p = static_cast<std::int32_t>((whole + 1) / 2);
    const std::int32_t q = 2 * (r - fourth_root_of_half), square = times(q, q);
    const std::int32_t numerator = times(q, r) + times(times(q, square), alpha_n);
    const std::int32_t denominator = times(p, alpha_i + q + times(alpha_d, square)) + times(alpha_f, q);
    const std::int32_t part =
        times(rounding_divide_by_power_of_two(numerator, 1 + Out), one_over_one_plus_x(denominator));
    return left(times(power, ln_2) + part, 1);
}

}  // namespace qtensor::inline QTENSOR_ABI
