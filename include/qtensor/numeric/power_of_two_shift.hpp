// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Requantization by a shift, for scales that are powers of two (fixed-point signal processing):
///
///     q = clamp(round(acc * 2^e) + zero_point),   s_x * s_w / s_y = 2^e exactly,   -31 <= e <= 30

#include <bit>

#include "../arch/lanes.hpp"
#include "dialect.hpp"
#include "rounding.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// `Rounding` is a policy with an integer form: Floor, Ceil, TowardZero, HalfEven, HalfAway or HalfUp.
template <class Rounding = HalfUp> struct PowerOfTwoShift {
    static constexpr std::size_t words = 1;  // e

    /// Fails where the quotient of the scales is no power of two, or one beyond the shifts of an int32.
    static constexpr std::array<std::int32_t, words> derive(float input, float weight, float output) {
        const double real = static_cast<double>(input) * static_cast<double>(weight) / static_cast<double>(output);
        const std::uint64_t bits = std::bit_cast<std::uint64_t>(real);
        const std::int32_t exponent = static_cast<std::int32_t>(bits >> 52) - 1023;
        QTENSOR_REQUIRE((bits & 0xfffffffffffffu) == 0, "a shift needs s_x * s_w / s_y to be a power of two", exponent,
                        0);
        QTENSOR_REQUIRE(exponent >= -31, "a shift by a power of two is at most 31 bits to the right", -exponent, 31);
        QTENSOR_REQUIRE(exponent <= 30, "a shift by a power of two is at most 30 bits to the left", exponent, 30);
        return {exponent};
    }

    /// The largest |acc| for which acc * 2^e fits int32.
    static constexpr std::uint32_t largest_accumulator(const std::array<std::int32_t, words>& m) {
        return static_cast<std::uint32_t>(INT32_MAX) >> (m[0] > 0 ? m[0] : 0);
    }

    template <class I>
    QTENSOR_FORCE_INLINE static constexpr I apply(I acc, const std::array<I, words>& m, CodeRange range) {
        const I left = lane::max(m[0], lane::broadcast<I>(0));
        return detail::place(Rounding::divide(lane::shift_left(acc, left), left - m[0]), range);
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
