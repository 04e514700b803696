// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The rule without an approximation: scales are floats, so their quotient is a rational number, and acc times it is
/// rounded once, from its exact value. What the other dialects are measured against.
///
///     q = clamp(round(acc * s_x * s_w / s_y) + zero_point)

#include <bit>

#include "../arch/lanes.hpp"
#include "dialect.hpp"
#include "rounding.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// `Rounding` is a policy with an integer form. Vectors compute lane by lane.
template <class Rounding = HalfEven> struct ExactRational {
    static constexpr std::size_t words = 4;  // numerator: upper and lower 24 bits; denominator; shift

    /// s_x * s_w / s_y = numerator / denominator / 2^shift, numerator in [2^46, 2^48), denominator in [2^23, 2^24). The
    /// quotient must be below 2^22. From shift 60 on every int32 times it is below a quarter; the shift is held at 62.
    static constexpr std::array<std::int32_t, words> derive(float input, float weight, float output) {
        const Significand x(input);
        const Significand w(weight);
        const Significand y(output);
        const std::int64_t numerator = std::int64_t{x.digits} * w.digits;
        const std::int32_t shift = y.exponent - x.exponent - w.exponent;
        QTENSOR_REQUIRE(shift >= 0, "an exact multiplier s_x * s_w / s_y is below 2^22", -shift, 0);
        return {static_cast<std::int32_t>(numerator >> 24), static_cast<std::int32_t>(numerator & 0xffffff), y.digits,
                shift < 62 ? shift : 62};
    }

    template <class I>
    QTENSOR_FORCE_INLINE static constexpr I apply(I acc, const std::array<I, words>& m, CodeRange range) {
        return detail::place(lane::each(&quotient, acc, m[0], m[1], m[2], m[3]), range);
    }

private:
    /// x = digits * 2^exponent, 2^23 <= digits < 2^24.
    struct Significand {
        std::int32_t digits;
        std::int32_t exponent;
        constexpr explicit Significand(float x)
            : digits(std::bit_cast<std::int32_t>(x) & 0x7fffff), exponent(std::bit_cast<std::int32_t>(x) >> 23) {
            if (exponent > 0) {
                digits |= 0x800000;
            } else {
                for (exponent = 1; digits < 0x800000; --exponent) digits *= 2;
            }
            exponent -= 150;
        }
    };

    /// round(c * (upper * 2^24 + lower) / denominator / 2^shift), held inside int32. The division is long division in
    /// base 2^24, so 64 bits suffice; what is cut off below two binary places is kept as one sticky bit.
    static constexpr std::int32_t quotient(std::int32_t c, std::int32_t upper, std::int32_t lower,
                                           std::int32_t denominator, std::int32_t shift) {
        const std::int64_t wide = c;
        const auto magnitude = static_cast<std::uint64_t>(wide < 0 ? -wide : wide);
        const auto divisor = static_cast<std::uint64_t>(denominator);
        const std::uint64_t high = magnitude * static_cast<std::uint64_t>(upper);                            // < 2^55
        const std::uint64_t low = ((high % divisor) << 24) + magnitude * static_cast<std::uint64_t>(lower);  // < 2^56
        const std::uint64_t quarters = (((high / divisor) << 24) + low / divisor) << 2;                      // < 2^59
        const std::uint64_t cut = quarters & ((std::uint64_t{1} << shift) - 1);
        const std::uint64_t sticky = low % divisor != 0 || cut != 0 ? 1 : 0;
        const auto eighths = static_cast<std::int64_t>((quarters >> shift) << 1 | sticky);
        const std::int64_t whole = Rounding::divide(c < 0 ? -eighths : eighths, 3);
        return static_cast<std::int32_t>(whole > INT32_MAX ? INT32_MAX : whole < INT32_MIN ? INT32_MIN : whole);
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
