// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Scales that are powers of two: rescaling is a shift.

#include <array>
#include <bit>

#include "scale.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// 2^exponent exactly; -126 <= exponent <= 127 (the normal floats).
constexpr float exp2i(int exponent) {
    QTENSOR_REQUIRE(exponent >= -126, "2^exponent is a normal float from -126 on", exponent, -126);
    QTENSOR_REQUIRE(exponent <= 127, "2^exponent is a float up to 127", exponent, 127);
    return std::bit_cast<float>(static_cast<std::uint32_t>(exponent + 127) << 23);
}

/// The exponent of the smallest power of two that is not smaller than wanted, which is positive; at most 127.
constexpr std::int8_t power_of_two_above(float wanted) {
    const auto bits = std::bit_cast<std::uint32_t>(wanted);
    const int exponent = static_cast<int>(bits >> 23) - 127 + ((bits & 0x7fffffu) != 0 ? 1 : 0);
    return static_cast<std::int8_t>(exponent > 127 ? 127 : exponent);  // a subnormal's is -126
}

/// real = code * 2^Exponent, known to the compiler: `PowerOfTwo<-7>` is Q0.7.
template <int Exponent> struct PowerOfTwo {
    static constexpr int axis = per_tensor;
    static constexpr bool is_static = true;
    static constexpr int exponent = Exponent;

    constexpr float scale(std::size_t = 0) const { return exp2i(Exponent); }
    constexpr bool operator==(const PowerOfTwo&) const = default;
};

/// A power of two per channel, chosen when the program runs.
template <std::size_t N, int Axis = 0> struct PowerOfTwoPerChannel {
    static constexpr int axis = Axis;
    static constexpr std::size_t channels = N;

    std::array<std::int8_t, N> exponents{};

    constexpr float scale(std::size_t c) const { return exp2i(exponents[c]); }

    /// For each channel the smallest power of two that is not smaller than wanted.
    static constexpr PowerOfTwoPerChannel fit(const std::array<float, N>& wanted) {
        PowerOfTwoPerChannel fitted;
        for (std::size_t c = 0; c < N; ++c) fitted.exponents[c] = power_of_two_above(wanted[c]);
        return fitted;
    }
    constexpr bool operator==(const PowerOfTwoPerChannel&) const = default;
};

}  // namespace qtensor::inline QTENSOR_ABI
