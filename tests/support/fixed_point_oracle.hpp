// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// TFLite's fixed-point arithmetic from its formulas: std::frexp and std::llround for multipliers, exact 128-bit
/// division for products.

#include <array>
#include <climits>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "rounding_oracle.hpp"

namespace qtensor_test {

/// QuantizeMultiplier: {mantissa, shift}.
inline std::array<std::int32_t, 2> quantize_multiplier(double real) {
    if (real == 0.0) return {0, 0};
    int exponent = 0;
    const double fraction = std::frexp(real, &exponent);
    long long mantissa = std::llround(std::ldexp(fraction, 31));
    if (mantissa == 2147483648LL) {
        mantissa = 1073741824LL;
        ++exponent;
    }
    if (exponent < -31) return {0, 0};
    return {static_cast<std::int32_t>(mantissa), exponent};
}

/// SRDHM: floor((a * b + 2^30) / 2^31), and 2^31 - 1 where that is 2^31.
inline std::int64_t rounded_high_product(std::int64_t a, std::int64_t b) {
    const int128 quotient = floor_divide(int128{a} * b + 1073741824, 2147483648LL);
    return quotient > INT32_MAX ? INT32_MAX : static_cast<std::int64_t>(quotient);
}

/// RDPOT: x / 2^exponent, ties away from zero.
inline std::int64_t divide_away(std::int64_t x, int exponent) {
    return static_cast<std::int64_t>(RoundingOracle<qtensor::HalfAway>::quotient(x, int128{1} << exponent));
}

/// MBQM, double rounding. x * 2^shift fits int32.
inline std::int64_t multiply_twice_rounded(std::int64_t x, std::int32_t mantissa, int shift) {
    const std::int64_t scaled = x * (std::int64_t{1} << (shift > 0 ? shift : 0));
    return divide_away(rounded_high_product(scaled, mantissa), shift < 0 ? -shift : 0);
}

}  // namespace qtensor_test
