// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// clamp(round(x / s) + z) and (q - z) * s from their formulas: rounding in double with the C library, everything else
/// in long long.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "rounding_oracle.hpp"

namespace qtensor_test {

struct CodeLimits {
    std::int64_t lowest;
    std::int64_t highest;
};

/// The limits of the element types that the tests use, by hand.
template <class T> constexpr CodeLimits limits_of{};
template <> inline constexpr CodeLimits limits_of<std::int8_t>{-128, 127};
template <> inline constexpr CodeLimits limits_of<std::uint8_t>{0, 255};
template <> inline constexpr CodeLimits limits_of<std::int16_t>{-32768, 32767};
template <> inline constexpr CodeLimits limits_of<std::uint16_t>{0, 65535};
template <> inline constexpr CodeLimits limits_of<std::int32_t>{-2147483648LL, 2147483647LL};
template <> inline constexpr CodeLimits limits_of<std::uint32_t>{0, 4294967295LL};
template <> inline constexpr CodeLimits limits_of<qtensor::int8_symmetric>{-127, 127};
template <> inline constexpr CodeLimits limits_of<qtensor::Ranged<std::int8_t, -64, 63>>{-64, 63};
template <> inline constexpr CodeLimits limits_of<qtensor::Ranged<std::int16_t, 10, 1000>>{10, 1000};
template <> inline constexpr CodeLimits limits_of<qtensor::int4>{-8, 7};
template <> inline constexpr CodeLimits limits_of<qtensor::uint4>{0, 15};

/// x / s: one float division for codes of up to 16 bits, one double division for wider ones.
inline double quotient_oracle(float x, float scale, bool wide) {
    const volatile float narrow = x / scale;
    return wide ? static_cast<double>(x) / static_cast<double>(scale) : static_cast<double>(narrow);
}

/// round(x / s) + z as an integer, NaN being zero; what is far outside every range stops at 2^62.
template <class Rounding> std::int64_t unclamped_code(float x, float scale, std::int32_t zero_point, bool wide) {
    const double whole = RoundingOracle<Rounding>::real(quotient_oracle(x, scale, wide));
    if (std::isnan(whole)) return zero_point;
    return static_cast<std::int64_t>(std::clamp(whole, -0x1p62, 0x1p62)) + zero_point;
}

template <class T, class Rounding> std::int64_t code_oracle(float x, float scale, std::int32_t zero_point) {
    constexpr bool wide = limits_of<T>.highest > 65535 || limits_of<T>.lowest < -32768;
    return std::clamp(unclamped_code<Rounding>(x, scale, zero_point, wide), limits_of<T>.lowest, limits_of<T>.highest);
}

/// (q - z) * s, rounded once.
inline float real_oracle(std::int64_t code, float scale, std::int32_t zero_point) {
    return static_cast<float>(static_cast<double>(code - zero_point) * static_cast<double>(scale));
}

}  // namespace qtensor_test
