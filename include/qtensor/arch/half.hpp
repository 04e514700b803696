// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Conversion between float and the two 16-bit formats, on bits. Exact, constexpr software that equals the hardware
/// instructions (vcvtps2ph with round-to-nearest-even), NaN payloads included. Cannot fail.

#include <bit>
#include <cstdint>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

/// IEEE binary16 from binary32, nearest even; overflow gives infinity, NaN stays NaN (quieted, payload truncated).
constexpr std::uint16_t half_from_float(float value) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = (bits >> 16) & 0x8000u;
    const std::uint32_t magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu));
    if (magnitude >= 0x477ff000u)
        return static_cast<std::uint16_t>(sign | 0x7c00u);                 // 65520 and above round to infinity
    if (magnitude < 0x33000001u) return static_cast<std::uint16_t>(sign);  // at most 2^-25: rounds to zero
    std::uint32_t mantissa = magnitude;
    std::uint32_t shift = 13;
    if (magnitude < 0x38800000u) {  // subnormal half: the implicit one becomes explicit
        shift = 126u - (magnitude >> 23);
        mantissa = (magnitude & 0x7fffffu) | 0x800000u;
    } else {
        mantissa -= 0x38000000u;  // exponent bias 127 -> 15
    }
    const std::uint32_t kept = mantissa >> shift;
    const std::uint32_t rest = mantissa & ((1u << shift) - 1u);
    const std::uint32_t half = 1u << (shift - 1u);
    const std::uint32_t up = rest > half || (rest == half && (kept & 1u)) ? 1u : 0u;
    return static_cast<std::uint16_t>(sign | (kept + up));
}

/// Exact.
constexpr float float_from_half(std::uint16_t half) {
    const std::uint32_t sign = (half & 0x8000u) << 16;
    const std::uint32_t exponent = (half >> 10) & 0x1fu;
    std::uint32_t mantissa = half & 0x3ffu;
    if (exponent == 0x1f)
        return std::bit_cast<float>(sign | 0x7f800000u | (mantissa ? 0x400000u : 0u) | (mantissa << 13));
    if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112u) << 23) | (mantissa << 13));
    if (mantissa == 0) return std::bit_cast<float>(sign);
    const auto zeros = static_cast<std::uint32_t>(std::countl_zero(mantissa)) - 21u;  // normalise: 1 … 10
    mantissa = (mantissa << zeros) & 0x3ffu;
    return std::bit_cast<float>(sign | ((113u - zeros) << 23) | (mantissa << 13));
}

/// bfloat16 from binary32, nearest even; NaN stays NaN.
constexpr std::uint16_t bfloat_from_float(float value) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
    return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

/// Exact.
constexpr float float_from_bfloat(std::uint16_t bfloat) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bfloat) << 16);
}

}  // namespace qtensor::inline QTENSOR_ABI::arch
