// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Multiplying integers multiplies their scales: the scale of an accumulator. And the quotient of two scales, which is
/// what requantization multiplies by.

#include "../arch/scalar_lanes.hpp"
#include "scale.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The scale of x * w^T: activations x [m][k] have one scale, weights w [n][k] one or one per row; the accumulator
/// [m][n] then has one, or one per column. Its zero point is 0: the product removes those of its operands.
template <class X, class W> struct Product {
    static_assert(detail::must_be_per_tensor_scale<X>() && detail::must_be_scale<W>());
    static_assert(W::axis == per_tensor || W::axis == 0,
                  "weights are [out][in] and their scale is per tensor or per output channel: use PerChannel<N, 0>");
    static constexpr int axis = W::axis == per_tensor ? per_tensor : 1;
    static constexpr std::size_t channels = channels_of<W>;
    static constexpr bool is_static = detail::is_static_scale<X> && detail::is_static_scale<W>;

    X x{};
    W w{};

    /// f32(s_x * s_w)
    constexpr float scale(std::size_t c = 0) const { return lane::rounded(x.scale(0) * w.scale(c)); }
    constexpr bool operator==(const Product&) const = default;
};

template <class X, class W> Product(X, W) -> Product<X, W>;

/// Two ways to the scale of an accumulator: s_x * s_w of rounded factors is up to 3 * 2^-24 from the exact product.
constexpr bool same_product(float a, float b) {
    const float apart = a > b ? a - b : b - a;
    return apart <= a * 0x1p-22f;
}

/// Values worth a product of scales are accumulators, whatever their width.
template <class S> inline constexpr bool is_product = false;
template <class X, class W> inline constexpr bool is_product<Product<X, W>> = true;

/// The two factors of a scale: a product's own, or the scale and 1.
template <Scale S> struct factors {
    static constexpr float first(const S& s, std::size_t c) { return s.scale(c); }
    static constexpr float second(const S&, std::size_t) { return 1.0f; }
};
template <class X, class W> struct factors<Product<X, W>> {
    static constexpr float first(const Product<X, W>& s, std::size_t) { return s.x.scale(0); }
    static constexpr float second(const Product<X, W>& s, std::size_t c) { return s.w.scale(c); }
};

/// from / to, in double: what a code is multiplied by when it moves from one scale to the other.
template <Scale From, PerTensorScale To> constexpr double quotient(const From& from, const To& to, std::size_t c = 0) {
    return static_cast<double>(factors<From>::first(from, c)) * static_cast<double>(factors<From>::second(from, c)) /
           static_cast<double>(to.scale(0));
}

}  // namespace qtensor::inline QTENSOR_ABI
