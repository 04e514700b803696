// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The accumulator proof: how large can a sum of products become? The bound comes from the ranges of the types and the
/// depth, or, tighter, from the row sums of known weights; the narrowest integer that holds it is the accumulator.
///
///     |sum_k (x_k - z_x) w_k + bias|  <=  max|x - z_x| * min(depth * max|w|, max_row sum_k |w_k|) + max|bias|

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "element.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Largest |x - z| over the codes of T: with a zero point somewhere in the range it is the width of the range.
template <IntegerElement T> constexpr std::uint64_t magnitude_bound(bool has_zero_point) {
    const std::int64_t lowest = element<T>::lowest;
    const std::int64_t highest = element<T>::highest;
    if (has_zero_point) return static_cast<std::uint64_t>(highest) - static_cast<std::uint64_t>(lowest);
    const std::uint64_t below = lowest < 0 ? 0u - static_cast<std::uint64_t>(lowest) : 0u;
    const std::uint64_t above = highest > 0 ? static_cast<std::uint64_t>(highest) : 0u;
    return below > above ? below : above;
}

/// a * b and a + b that stop at the largest number instead of wrapping, so that a bound is never too small.
constexpr std::uint64_t bound_product(std::uint64_t a, std::uint64_t b) {
    std::uint64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::uint64_t>::max() : product;
}
constexpr std::uint64_t bound_sum(std::uint64_t a, std::uint64_t b) {
    std::uint64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::uint64_t>::max() : sum;
}

/// Largest |sum| of `depth` products of an X and a W code, from the types alone.
template <IntegerElement X, IntegerElement W>
constexpr std::uint64_t sum_bound(std::size_t depth, bool x_has_zero_point, bool w_has_zero_point) {
    return bound_product(depth,
                         bound_product(magnitude_bound<X>(x_has_zero_point), magnitude_bound<W>(w_has_zero_point)));
}

/// Acc holds every integer of magnitude <= bound.
template <std::signed_integral Acc> constexpr bool holds_bound(std::uint64_t bound) {
    return bound <= static_cast<std::uint64_t>(std::numeric_limits<Acc>::max());
}

/// How many products of an X and a W code any Acc can sum (the table is in docs/numerics.md).
template <std::signed_integral Acc, IntegerElement X, IntegerElement W>
constexpr std::size_t safe_depth(bool x_has_zero_point = false, bool w_has_zero_point = false) {
    const std::uint64_t term = sum_bound<X, W>(1, x_has_zero_point, w_has_zero_point);
    return static_cast<std::size_t>(static_cast<std::uint64_t>(std::numeric_limits<Acc>::max()) /
                                    (term == 0 ? 1 : term));
}

/// The narrowest of int32 and int64 that is proven for products of this depth. int16 is a choice the caller makes by
/// name.
template <IntegerElement X, IntegerElement W, std::size_t Depth, bool XHasZeroPoint, bool WHasZeroPoint>
using accumulator_for = std::conditional_t<Depth <= safe_depth<std::int32_t, X, W>(XHasZeroPoint, WHasZeroPoint),
                                           std::int32_t, std::int64_t>;

namespace detail {
/// The compiler prints the two numbers when this fails.
template <std::size_t Depth, std::size_t SafeDepth> constexpr bool depth_must_be_safe() {
    static_assert(Depth <= SafeDepth, "the product is too deep: its sums could overflow the accumulator. Use a wider "
                                      "accumulator, a narrower element range, or split the depth");
    return true;
}
}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
