// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A real multiplier as 31-bit mantissa and exponent, the form in which integer-only code rescales.

#include <bit>
#include <cstdint>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// mantissa / 2^31 * 2^shift, with 2^30 <= mantissa < 2^31 (or both zero).
struct FixedPoint {
    std::int32_t mantissa = 0;
    std::int32_t shift = 0;

    constexpr bool operator==(const FixedPoint&) const = default;
};

/// TFLite's QuantizeMultiplier (`quantization_util.cc`): (f, e) = frexp(real), mantissa = f * 2^31 rounded half away;
/// a mantissa of 2^31 becomes 2^30 one exponent higher; below 2^-32 the multiplier is zero. `real` must be >= 0 and
/// less than 2^31.
constexpr FixedPoint fixed_point(double real) {
    QTENSOR_REQUIRE(real >= 0.0 && real < 2147483648.0, "a requantization multiplier is in [0, 2^31)",
                    real >= 0.0 ? 1 : -1, 0);
    if (real == 0.0) return {};
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(real);
    int exponent = static_cast<int>(bits >> 52) - 1022;  // real = f * 2^exponent, f in [0.5, 1)
    const std::uint64_t fraction = (bits & 0xfffffffffffffu) | 0x10000000000000u;  // f * 2^53
    std::uint64_t mantissa = (fraction + (std::uint64_t{1} << 21)) >> 22;          // f * 2^31, half away (f > 0)
    if (mantissa == std::uint64_t{1} << 31) {
        mantissa /= 2;
        ++exponent;
    }
    if (exponent < -31) return {};
    if (exponent > 31) return {INT32_MAX, 31};  // rounded up to 2^31
    return {static_cast<std::int32_t>(mantissa), exponent};
}

}  // namespace qtensor::inline QTENSOR_ABI
