// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Elementary functions of double precision in plain C++: constexpr, without <cmath>, the same bits with every
/// compiler. They fill lookup tables and normalise; errors are a few units in the last place
/// (tests/numeric/real_functions_test.cpp states them), far below half a code.

#include <bit>
#include <cstdint>
#include <limits>

#include "../arch/scalar_lanes.hpp"

namespace qtensor::inline QTENSOR_ABI::real {

namespace detail {
/// a * b + c with two roundings on every machine.
constexpr double step(double a, double b, double c) { return lane::rounded(a * b) + c; }

/// 2^k for -1022 <= k <= 1023.
constexpr double power_of_two(std::int64_t k) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52);
}

// ln 2 in two parts, the first with 21 zero bits at its end: k times it is exact.
inline constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
}  // namespace detail

/// e^x: x is brought into [-ln 2 / 2, ln 2 / 2], then the Taylor series to degree 13.
constexpr double exp(double x) {
    if (!(x == x)) return x;
    if (x > 709.79) return std::numeric_limits<double>::infinity();
    if (x < -745.2) return 0.0;
    const double k = lane::floor(detail::step(x, 1.4426950408889634, 0.5));
    const double r = detail::step(-k, detail::ln2_low, detail::step(-k, detail::ln2_high, x));
    double sum = 1.0 / 6227020800.0;  // 1 / 13!
    double factorial = 6227020800.0;
    for (int n = 12; n >= 0; --n) {
        factorial /= n + 1;
        sum = detail::step(sum, r, 1.0 / factorial);
    }
    const auto whole = static_cast<std::int64_t>(k);
    const std::int64_t half = whole / 2;  // in two steps: 2^1024 and 2^-1074 are out of reach for one
    return sum * detail::power_of_two(half) * detail::power_of_two(whole - half);
}

/// The natural logarithm: x = m 2^k with m in [1/sqrt 2, sqrt 2), ln m = 2 artanh((m - 1) / (m + 1)). -inf at 0, NaN
/// below.
constexpr double log(double x) {
    if (!(x > 0.0))
        return x == 0.0 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    if (x > std::numeric_limits<double>::max()) return x;
    std::int64_t k = 0;
    if (x < std::numeric_limits<double>::min()) x *= 0x1p54, k = -54;
    const auto bits = std::bit_cast<std::uint64_t>(x);
    k += static_cast<std::int64_t>(bits >> 52) - 1023;
    double m = std::bit_cast<double>((bits & 0xfffffffffffffu) | 0x3ff0000000000000u);
    if (m > 1.4142135623730951) m *= 0.5, ++k;
    const double f = (m - 1.0) / (m + 1.0), square = f * f;
    double sum = 0.0;
    for (int n = 23; n >= 3; n -= 2) sum = detail::step(sum, square, 1.0 / n);
    const double tail = detail::step(2.0 * f, lane::rounded(square * sum), static_cast<double>(k) * detail::ln2_low);
    return detail::step(static_cast<double>(k), detail::ln2_high, 2.0 * f + tail);
}

/// 1 / (1 + e^-x).
constexpr double logistic(double x) {
    if (x >= 0.0) return 1.0 / (1.0 + exp(-x));
    const double e = exp(x);
    return e / (1.0 + e);
}

constexpr double tanh(double x) {
    const double size = x < 0.0 ? -x : x;
    if (size < 0.1) {  // the series: 1 - e^-2x would lose its leading digits
        const double s = x * x;
        constexpr double series[] = {-929569.0 / 638512875.0, 21844.0 / 6081075.0, -1382.0 / 155925.0, 62.0 / 2835.0,
                                     -17.0 / 315.0,           2.0 / 15.0,          -1.0 / 3.0};
        double sum = 0.0;
        for (const double c : series) sum = detail::step(sum, s, c);
        return detail::step(lane::rounded(x * s), sum, x);
    }
    const double e = exp(-2.0 * size);
    const double made = (1.0 - e) / (1.0 + e);
    return x < 0.0 ? -made : made;
}

/// The error function: 2 / sqrt(pi) e^(-x^2) (x + 2 x^3 / 3 + 4 x^5 / 15 + ...), whose terms are all positive.
constexpr double erf(double x) {
    const double size = x < 0.0 ? -x : x;
    if (!(size < 6.0)) return x < 0.0 ? -1.0 : x == x ? 1.0 : x;  // 1 - 2e-17
    const double square = size * size;
    double term = size, sum = size;
    for (int n = 1; term > sum * 0x1p-60; ++n) {
        term = lane::rounded(term * square) / (n + 0.5);
        sum += term;
    }
    const double made = lane::rounded(1.1283791670955126 * exp(-square)) * sum;
    const double below_one = made > 1.0 ? 1.0 : made;
    return x < 0.0 ? -below_one : below_one;
}

/// The square root, by Newton's method from a guess of half the exponent; NaN below 0.
constexpr double sqrt(double x) {
    if (!(x > 0.0)) return x == 0.0 ? x : std::numeric_limits<double>::quiet_NaN();
    if (x > std::numeric_limits<double>::max()) return x;
    const bool tiny = x < 0x1p-960;
    if (tiny) x *= 0x1p120;
    double y = std::bit_cast<double>((std::bit_cast<std::uint64_t>(x) >> 1) + 0x1ff8000000000000u);
    for (int i = 0; i < 6; ++i) y = 0.5 * (y + x / y);
    return tiny ? y * 0x1p-60 : y;
}

}  // namespace qtensor::inline QTENSOR_ABI::real
