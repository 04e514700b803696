// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The seven roundings written once more, from their definitions: on real numbers with the C library, on quotients
/// x / 2^shift by exact division in 128 bits.

#include <cmath>
#include <cstdint>

#include <qtensor/numeric/rounding.hpp>

namespace qtensor_test {

__extension__ using int128 = __int128;

/// floor(a / b) for b > 0.
constexpr int128 floor_divide(int128 a, int128 b) { return a / b - (a % b < 0 ? 1 : 0); }

/// What a rounding policy must return: `real(x)` for a double, `quotient(x, d)` for x / d, d a power of two.
template <class Rounding> struct RoundingOracle;

template <> struct RoundingOracle<qtensor::Floor> {
    static double real(double x) { return std::floor(x); }
    static int128 quotient(int128 x, int128 d) { return floor_divide(x, d); }
};
template <> struct RoundingOracle<qtensor::Ceil> {
    static double real(double x) { return std::ceil(x); }
    static int128 quotient(int128 x, int128 d) { return floor_divide(x + d - 1, d); }
};
template <> struct RoundingOracle<qtensor::TowardZero> {
    static double real(double x) { return std::trunc(x); }
    static int128 quotient(int128 x, int128 d) { return x / d; }
};
template <> struct RoundingOracle<qtensor::HalfEven> {
    static double real(double x) { return std::nearbyint(x); }
    static int128 quotient(int128 x, int128 d) {
        const int128 up = floor_divide(2 * x + d, 2 * d);  // floor(x / d + 1/2)
        const bool tie = (2 * x + d) % (2 * d) == 0;
        return tie && up % 2 != 0 ? up - 1 : up;
    }
};
template <> struct RoundingOracle<qtensor::HalfAway> {
    static double real(double x) { return std::round(x); }
    static int128 quotient(int128 x, int128 d) {
        const int128 magnitude = ((x < 0 ? -x : x) * 2 + d) / (2 * d);
        return x < 0 ? -magnitude : magnitude;
    }
};
template <> struct RoundingOracle<qtensor::HalfUp> {
    // std::round, but ties below zero go towards it.
    static double real(double x) {
        return x < 0.0 && std::fabs(x - std::trunc(x)) == 0.5 ? std::ceil(x) : std::round(x);
    }
    static int128 quotient(int128 x, int128 d) { return floor_divide(2 * x + d, 2 * d); }
};

}  // namespace qtensor_test
