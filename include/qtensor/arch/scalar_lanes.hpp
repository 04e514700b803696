// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The lane vocabulary on one value: plain C++, constexpr, the meaning that every vector overload must reproduce.
/// Nothing here calls <cmath>, so it runs in constant evaluation and links without a C library.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI::lane {

template <class T>
concept Scalar = std::is_arithmetic_v<T>;

/// Hides how x was computed from the optimiser, so that a product is rounded before it is added to something: g++ fuses
/// a * b + c (even across intrinsics) wherever FMA exists, and the fused result has other bits.
template <std::floating_point F> QTENSOR_FORCE_INLINE constexpr F rounded(F x) {
    if (!std::is_constant_evaluated()) {
#if defined(__SSE2__)
        asm("" : "+x"(x));
#elif defined(__aarch64__)
        asm("" : "+w"(x));
#else
        asm("" : "+m"(x));
#endif
    }
    return x;
}

/// Largest integer <= x; NaN and infinities return themselves.
template <std::floating_point F> QTENSOR_FORCE_INLINE constexpr F floor(F x) {
    using Int = std::conditional_t<sizeof(F) == 4, std::int32_t, std::int64_t>;
    constexpr F integral =
        sizeof(F) == 4 ? F(8388608.0) : F(4503599627370496.0);  // from 2^23 (2^52) on, every value is an integer
    if (!(x > -integral && x < integral)) return x;
    const F truncated = static_cast<F>(static_cast<Int>(x));
    return truncated > x ? truncated - F(1) : truncated;
}

/// Integer nearest to zero that is not further from it than x.
template <std::floating_point F> QTENSOR_FORCE_INLINE constexpr F trunc(F x) {
    return x < F(0) ? -floor(-x) : floor(x);
}

/// Nearest integer, ties to even, whatever the thread's rounding mode is.
template <std::floating_point F> QTENSOR_FORCE_INLINE constexpr F nearest_even(F x) {
    x = rounded(x);
    const F below = floor(x);
    const F rest = x - below;  // exact, or 1 for tiny negative x, which is as good
    const F half_below = below * F(0.5);
    const bool odd = floor(half_below) != half_below;
    return rest > F(0.5) || (rest == F(0.5) && odd) ? below + F(1) : below;
}

template <Scalar T> QTENSOR_FORCE_INLINE constexpr T select(bool condition, T yes, T no) {
    return condition ? yes : no;
}

template <Scalar T> QTENSOR_FORCE_INLINE constexpr T min(T a, T b) { return a < b ? a : b; }

template <Scalar T> QTENSOR_FORCE_INLINE constexpr T max(T a, T b) { return a > b ? a : b; }

QTENSOR_FORCE_INLINE constexpr float to_float(std::int32_t x) { return static_cast<float>(x); }

/// x must be integral and within int32: every caller clamps first.
QTENSOR_FORCE_INLINE constexpr std::int32_t to_int(float x) { return static_cast<std::int32_t>(x); }

/// to_int(nearest_even(x)), which is one instruction on vectors; |x| < 2^31, and the thread rounds to nearest.
QTENSOR_FORCE_INLINE constexpr std::int32_t nearest_int(float x) { return to_int(nearest_even(x)); }

/// The float whose bits these are.
QTENSOR_FORCE_INLINE constexpr float as_float(std::int32_t bits) { return std::bit_cast<float>(bits); }

/// a + b modulo 2^32: intermediates may wrap, final values are proven (numeric/accumulator.hpp).
QTENSOR_FORCE_INLINE constexpr std::int32_t wrapping_add(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

QTENSOR_FORCE_INLINE constexpr std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

QTENSOR_FORCE_INLINE constexpr std::int32_t wrapping_multiply(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(b));
}

QTENSOR_FORCE_INLINE constexpr std::int64_t wrapping_multiply(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

/// x * 2^count modulo 2^32, 0 <= count <= 31.
QTENSOR_FORCE_INLINE constexpr std::int32_t shift_left(std::int32_t x, std::int32_t count) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(x) << count);
}

/// floor(x / 2^count), 0 <= count <= 31.
QTENSOR_FORCE_INLINE constexpr std::int32_t shift_right(std::int32_t x, std::int32_t count) { return x >> count; }

/// The same on 64 bits, 0 <= count <= 63.
QTENSOR_FORCE_INLINE constexpr std::int64_t shift_left(std::int64_t x, std::int64_t count) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(x) << count);
}
QTENSOR_FORCE_INLINE constexpr std::int64_t shift_right(std::int64_t x, std::int64_t count) { return x >> count; }

/// floor((a * b + 2^30) / 2^31) for b >= 0, where nothing can saturate: |result| <= |a|, and never -2^31.
QTENSOR_FORCE_INLINE constexpr std::int32_t high_product(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>((static_cast<std::int64_t>(a) * b + (std::int64_t{1} << 30)) >> 31);
}

/// floor((a * b + 2^(count - 1)) / 2^count), ties up, held inside int32; 0 <= count <= 62 (for 0, a * b itself). The
/// product and the half fit 64 bits, so one rounding is all there is.
QTENSOR_FORCE_INLINE constexpr std::int32_t product_shift(std::int32_t a, std::int32_t b, std::int32_t count) {
    const std::int64_t half = (std::int64_t{1} << count) >> 1;
    const std::int64_t quotient = (static_cast<std::int64_t>(a) * b + half) >> count;
    return static_cast<std::int32_t>(quotient > INT32_MAX ? INT32_MAX : quotient < INT32_MIN ? INT32_MIN : quotient);
}

/// f32(a * b + c), rounded once, as the FMA instruction does. In double the product is exact; the sum is rounded to odd
/// there, and a number that is odd at 53 bits rounds to 24 bits as the exact sum would (Boldo and Melquiond 2008).
QTENSOR_FORCE_INLINE constexpr float fused(float a, float b, float c) {
    const double product = rounded(static_cast<double>(a) * static_cast<double>(b));
    const double addend = static_cast<double>(c);
    const double sum = rounded(product + addend);
    const double part = rounded(sum - product);
    const double error = rounded(product - rounded(sum - part)) + rounded(addend - part);  // sum + error is exact
    std::uint64_t bits = std::bit_cast<std::uint64_t>(sum);
    if (error != 0.0 && error == error && (bits & 1) == 0)
        bits += (error > 0.0) == (sum > 0.0) ? 1u : ~std::uint64_t{0};
    return static_cast<float>(std::bit_cast<double>(bits));
}

/// floor((a * b + 2^30) / 2^31), saturated for a = b = -2^31 (gemmlowp `fixedpoint/fixedpoint.h`,
/// SaturatingRoundingDoublingHighMul: ties go up).
QTENSOR_FORCE_INLINE constexpr std::int32_t doubling_high(std::int32_t a, std::int32_t b) {
    const std::int64_t high = (static_cast<std::int64_t>(a) * b + (std::int64_t{1} << 30)) >> 31;
    return high > INT32_MAX ? INT32_MAX : static_cast<std::int32_t>(high);
}

/// Loads, stores and broadcasts of `count` values; one value is all there is.
template <Scalar V, class T> QTENSOR_FORCE_INLINE constexpr V load(const T* from, std::size_t) {
    return static_cast<V>(*from);
}

template <Scalar V, class T> QTENSOR_FORCE_INLINE constexpr void store(T* to, V value, std::size_t) {
    *to = static_cast<T>(value);
}

template <Scalar V, class T, std::size_t N> QTENSOR_FORCE_INLINE constexpr void store_all(T* to, const V (&values)[N]) {
    for (std::size_t i = 0; i < N; ++i) to[i] = static_cast<T>(values[i]);
}

template <Scalar V, class T> QTENSOR_FORCE_INLINE constexpr V broadcast(T value) { return static_cast<V>(value); }

/// f on every lane, for the rules that no instruction set has: `f` maps one value of each argument to one value.
template <class F, Scalar V, std::same_as<V>... More>
QTENSOR_FORCE_INLINE constexpr V each(const F& f, V first, More... more) {
    return f(first, more...);
}

}  // namespace qtensor::inline QTENSOR_ABI::lane
