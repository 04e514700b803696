// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Two tensors of codes become one, element by element, each at a scale of its own:
///
///     Add, Subtract      with a dialect of the TFLite family its rule (tflite-micro `reference/integer_ops/add.h`): L
///     =
///                        20 (8 bits) or 15 (16 bits), S = 2 max(s_a, s_b), each operand becomes
///                        multiply((x - z) 2^L, s / S), and the sum is requantized by S / (2^L s_y): three roundings.
///                        With another dialect in real numbers: f32(f32((a - z_a) s_a) +- f32((b - z_b) s_b)),
///                        quantized by the rounding of the bundle, as PyTorch and ONNX Runtime do
///     Multiply           (a - z_a) (b - z_b), requantized by s_a s_b / s_y; any dialect
///     Minimum, Maximum   all three scales are equal
///
/// In real numbers they are what they are called.

#include "../numeric/accumulator.hpp"
#include "../numeric/tflite.hpp"
#include "../tensor/quantize.hpp"
#include "numerics.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// A dialect with the product on its own: TFLite's family.
template <class D>
concept multiplies = requires(std::int32_t x) {
    { D::multiply(x, x, x) } -> std::same_as<std::int32_t>;
};

template <class X, class S> constexpr CodeRange code_range(const S& scale) {
    return {zero_point_of(scale, 0), static_cast<std::int32_t>(element<X>::lowest),
            static_cast<std::int32_t>(element<X>::highest)};
}

/// Largest |x - z| of the codes of X.
template <class X, class S> constexpr std::uint64_t reach(const S& scale) {
    const std::int64_t zero = zero_point_of(scale, 0);
    const std::int64_t below = zero - element<X>::lowest, above = element<X>::highest - zero;
    return static_cast<std::uint64_t>(below > above ? below : above);
}

/// a + b or a - b by TFLite's rule.
template <class X, class N, bool Minus> struct IntegerSum {
    using D = typename N::dialect;
    using Words = std::array<std::int32_t, D::words>;
    static constexpr std::int32_t left_shift = sizeof(value_of<X>) == 1 ? 20 : 15;
    std::int32_t a_zero = 0, b_zero = 0;
    Words a_words{}, b_words{}, y_words{};
    CodeRange range{};

    template <class A, class B, class Y>
    constexpr IntegerSum(const A& a, const B& b, const Y& y)
        : a_zero(zero_point_of(a, 0)), b_zero(zero_point_of(b, 0)), range(code_range<X>(y)) {
        const float largest = 2.0f * lane::max(a.scale(0), b.scale(0));
        a_words = D::derive(a.scale(0), 1.0f, largest);
        b_words = D::derive(b.scale(0), 1.0f, largest);
        y_words = D::derive(largest, 1.0f / static_cast<float>(1 << left_shift), y.scale(0));
        const std::uint64_t most = static_cast<std::uint64_t>(INT32_MAX) >> left_shift;
        QTENSOR_REQUIRE(reach<X>(a) <= most && reach<X>(b) <= most,
                        "the zero point of an operand is so far outside its codes that a sum would leave an int32",
                        a_zero, b_zero);
        QTENSOR_REQUIRE(y_words[1] <= 0, "the result of a sum has too fine a scale: 2 max(s_a, s_b) / 2^L < s_y",
                        y_words[1], 0);
    }

    template <class V> QTENSOR_FORCE_INLINE constexpr V operator()(V a, V b) const {
        const auto scaled = [](V x, std::int32_t zero, const Words& words) {
            const V shifted = lane::shift_left(x - lane::broadcast<V>(zero), lane::broadcast<V>(left_shift));
            return D::multiply(shifted, lane::broadcast<V>(words[0]), lane::broadcast<V>(words[1]));
        };
        const V left = scaled(a, a_zero, a_words), right = scaled(b, b_zero, b_words);
        const V sum = Minus ? left - right : left + right;
        return D::apply(sum, std::array<V, 2>{lane::broadcast<V>(y_words[0]), lane::broadcast<V>(y_words[1])}, range);
    }
};

/// a + b or a - b through real numbers.
template <class X, class N, bool Minus> struct RealSum {
    static_assert(rounds_alone<typename N::rounding>,
                  "a sum is rounded value by value: use a rounding without an index");
    std::int32_t a_zero = 0, b_zero = 0, y_zero = 0;
    float a_scale = 1.0f, b_scale = 1.0f, y_scale = 1.0f;

    template <class A, class B, class Y>
    constexpr RealSum(const A& a, const B& b, const Y& y)
        : a_zero(zero_point_of(a, 0)), b_zero(zero_point_of(b, 0)), y_zero(zero_point_of(y, 0)), a_scale(a.scale(0)),
          b_scale(b.scale(0)), y_scale(y.scale(0)) {}

    template <class V> QTENSOR_FORCE_INLINE constexpr V operator()(V a, V b) const {
        using F = lane::floats<V>;
        const auto real = [](V x, std::int32_t zero, float scale) {
            return lane::rounded(lane::to_float(x - lane::broadcast<V>(zero)) * lane::broadcast<F>(scale));
        };
        const F left = real(a, a_zero, a_scale), right = real(b, b_zero, b_scale);
        const F sum = Minus ? left - right : left + right;
        return quantize_narrow<F, X>(sum, lane::broadcast<F>(y_scale), y_zero, typename N::rounding{});
    }
};

template <class X, class N> struct IntegerProduct {
    using D = typename N::dialect;
    std::int32_t a_zero = 0, b_zero = 0;
    std::array<std::int32_t, D::words> words{};
    CodeRange range{};

    template <class A, class B, class Y>
    constexpr IntegerProduct(const A& a, const B& b, const Y& y)
        : a_zero(zero_point_of(a, 0)), b_zero(zero_point_of(b, 0)),
          words(D::derive(a.scale(0), b.scale(0), y.scale(0))), range(code_range<X>(y)) {
        std::uint64_t most = INT32_MAX;
        if constexpr (requires { D::largest_accumulator(words); }) most = D::largest_accumulator(words);
        const std::uint64_t largest = bound_product(reach<X>(a), reach<X>(b));
        QTENSOR_REQUIRE(largest <= most,
                        "the products could be too large for an int32 or for the requantization: 16-bit operands have "
                        "zero point 0, and s_a s_b / s_y is not far above one",
                        largest, most);
    }

    template <class V> QTENSOR_FORCE_INLINE constexpr V operator()(V a, V b) const {
        std::array<V, D::words> each{};
        for (std::size_t i = 0; i < D::words; ++i) each[i] = lane::broadcast<V>(words[i]);
        return D::apply((a - lane::broadcast<V>(a_zero)) * (b - lane::broadcast<V>(b_zero)), each, range);
    }
};

template <bool Larger> struct Extreme {
    template <class A, class B, class Y> constexpr Extreme(const A& a, const B& b, const Y& y) {
        QTENSOR_REQUIRE(same_meaning(a, y, 1) && same_meaning(b, y, 1),
                        "the smaller or larger of two codes is taken at one scale: requantize an operand first", 0, 0);
    }
    template <class V> QTENSOR_FORCE_INLINE constexpr V operator()(V a, V b) const {
        return Larger ? lane::max(a, b) : lane::min(a, b);
    }
};

template <class Op> constexpr bool must_be_operation() {
    static_assert(
        requires {
            { Op::real(1.0f, 1.0f) } -> std::same_as<float>;
        }, "not an operation on two tensors: use Add, Subtract, Multiply, Minimum or Maximum");
    return true;
}
}  // namespace detail

/// `Bound<X, N>` is made from the scales of a, b and y, and called with lanes of codes; `real(a, b)` is the float
/// reading.
struct Add {
    template <class X, class N>
    using Bound = std::conditional_t<detail::multiplies<typename N::dialect>, detail::IntegerSum<X, N, false>,
                                     detail::RealSum<X, N, false>>;
    template <class V> QTENSOR_FORCE_INLINE static constexpr V real(V a, V b) { return a + b; }
};
struct Subtract {
    template <class X, class N>
    using Bound = std::conditional_t<detail::multiplies<typename N::dialect>, detail::IntegerSum<X, N, true>,
                                     detail::RealSum<X, N, true>>;
    template <class V> QTENSOR_FORCE_INLINE static constexpr V real(V a, V b) { return a - b; }
};
struct Multiply {
    template <class X, class N> using Bound = detail::IntegerProduct<X, N>;
    template <class V> QTENSOR_FORCE_INLINE static constexpr V real(V a, V b) { return a * b; }
};
struct Minimum {
    template <class, class> using Bound = detail::Extreme<false>;
    template <class V> QTENSOR_FORCE_INLINE static constexpr V real(V a, V b) { return lane::min(a, b); }
};
struct Maximum {
    template <class, class> using Bound = detail::Extreme<true>;
    template <class V> QTENSOR_FORCE_INLINE static constexpr V real(V a, V b) { return lane::max(a, b); }
};

}  // namespace qtensor::inline QTENSOR_ABI
