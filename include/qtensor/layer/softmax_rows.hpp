// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Softmax of rows of codes, bit for bit TFLite's (tflite-micro `kernels/internal/reference/softmax.h`):
///
///     8-bit codes in, 8 or 16 bits out    exponentials in fixed point, Q5.26 to Q0.31, their sum in Q12.19; the result
///                                         is worth 1/256 (zero at the lowest code) or 1/65536 (zero at -32768)
///     16-bit codes in and out             exponentials and the inverse by tables of 513 entries; worth 1/32768, zero
///     at 0
///
/// TFLite ends the program where 512 or more equal logits make results of 8 bits: here the formula goes on, every
/// quotient is below half a code, and the result is all zeros. A row has at most 4095 (8 bits) or 65536 (16 bits)
/// logits.

#include <bit>
#include <type_traits>

#include "../gemm/store.hpp"
#include "../numeric/fixed_functions.hpp"
#include "../numeric/real_functions.hpp"
#include "combine.hpp"
#include "lookup_table.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// How differences of logits become exponents: multiplied by mantissa / 2^31 * 2^shift; those below `least` count for
/// nothing.
struct SoftmaxScaling {
    std::int32_t mantissa = 0;
    std::int32_t shift = 0;
    std::int32_t least = 0;

    /// For 8-bit codes worth `scale`: PreprocessSoftmaxScaling and CalculateInputRadius (`quantization_util.cc`).
    static constexpr SoftmaxScaling of_bytes(float scale, float beta = 1.0f) {
        const double wanted = static_cast<double>(beta) * static_cast<double>(scale) * 67108864.0;
        QTENSOR_REQUIRE(wanted > 1.0, "softmax: logits are worth more than 2^-26 each", 0, 0);
        const FixedPoint m = fixed_point(wanted < 2147483647.0 ? wanted : 2147483647.0);
        return {m.mantissa, m.shift, -static_cast<std::int32_t>((std::int64_t{31} << 26) >> m.shift)};
    }

    /// For 16-bit codes: so that 65535 stands for 10.
    static constexpr SoftmaxScaling of_words(float scale, float beta = 1.0f) {
        const FixedPoint m = fixed_point(static_cast<double>(scale) * static_cast<double>(beta) / (10.0 / 65535.0));
        return {m.mantissa, m.shift, INT32_MIN};
    }
};

namespace detail {

/// The product of a dialect of TFLite's family; TFLite's own for the others.
template <class D> struct softmax_product {
    using type = TfLiteDoubleRounding;
};
template <multiplies D> struct softmax_product<D> {
    using type = D;
};

struct Exponential {
    static constexpr double real(double x) { return real::exp(x); }
};
struct OneOverOnePlus {  // in float, as TFLite evaluates it
    static constexpr double real(double x) { return static_cast<double>(1.0f / (1.0f + static_cast<float>(x))); }
};
/// Templates, named by a void that depends on the user's D: the half million operations that make them are for
/// programs that run softmax of 16 bits, not for all that include this.
template <class D> using void_of = typename std::conditional<true, void, D>::type;
template <class>
inline constexpr LookupTable<std::int16_t> exponentials =
    LookupTable<std::int16_t>::of<Exponential>(Affine<>{10.0f / 65535.0f, 32767}, Affine<>{2.0f / 65535.0f, 0});
template <class>
inline constexpr LookupTable<std::int16_t> inverses =
    LookupTable<std::int16_t>::of<OneOverOnePlus>(Affine<>{1.0f / 65535.0f, -32768}, Affine<>{2.0f / 65535.0f, 0});

constexpr std::int16_t held_in_int16(std::int32_t x) {
    return static_cast<std::int16_t>(lane::min(lane::max(x, std::int32_t{-32768}), std::int32_t{32767}));
}

/// y [n] = softmax of x [n], codes of 8 bits, results of 8 or 16; lanes of Arch.
template <class Arch, class D, class X, class Y>
constexpr void softmax_row(const SoftmaxScaling& scaling, const X* x, Y* y, std::size_t n) {
    using V = lanes<std::int32_t, Arch>;
    constexpr std::size_t step = lane::width<V>;
    std::int32_t largest = static_cast<std::int32_t>(element<X>::lowest);
    for (std::size_t i = 0; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
    const auto exponential = [&](std::size_t i, std::size_t count) {
        const V below = lane::load<V>(x + i, count) - lane::broadcast<V>(largest);
        const V scaled = D::multiply(below, lane::broadcast<V>(scaling.mantissa), lane::broadcast<V>(scaling.shift));
        return lane::select(below < lane::broadcast<V>(scaling.least), lane::broadcast<V>(std::int32_t{0}),
                            exp_on_negative_values<5>(scaled));
    };
    std::int32_t sum = 0;  // Q12.19
    for (std::size_t i = 0; i < n; i += step) {
        const std::size_t count = n - i < step ? n - i : step;
        std::int32_t each[step] = {};
        lane::store(each, rounding_divide_by_power_of_two(exponential(i, count), lane::broadcast<V>(std::int32_t{12})),
                    step);
        for (std::size_t k = 0; k < count; ++k) sum += each[k];
    }
    // 1 / sum: the leading bit is brought to the front, 1 / (1 + rest) is the mantissa of the inverse.
    const int zeros = std::countl_zero(static_cast<std::uint32_t>(sum));
    const auto rest = static_cast<std::int32_t>((static_cast<std::uint32_t>(sum) << zeros) - (std::uint32_t{1} << 31));
    const std::int32_t inverse = one_over_one_plus_x(rest);
    const std::int32_t exponent = 12 - zeros + 31 - 8 * static_cast<std::int32_t>(sizeof(Y));
    constexpr auto lowest = static_cast<std::int32_t>(element<Y>::lowest);
    constexpr auto highest = static_cast<std::int32_t>(element<Y>::highest);
    for (std::size_t i = 0; i < n; i += step) {
        const std::size_t count = n - i < step ? n - i : step;
        V part = lane::broadcast<V>(std::int32_t{0});
        if (exponent <= 31) {
            const V product = lane::doubling_high(lane::broadcast<V>(inverse), exponential(i, count));
            part = rounding_divide_by_power_of_two(product, lane::broadcast<V>(exponent));
        }
        const V code = lane::min(part + lane::broadcast<V>(lowest), lane::broadcast<V>(highest));
        store_cells<Y>(y + i, lane::max(code, lane::broadcast<V>(lowest)), count);
    }
}

/// The same for codes of 16 bits; the exponentials wait in y.
template <class D>
constexpr void softmax_row_of_words(const SoftmaxScaling& scaling, const std::int16_t* x, std::int16_t* y,
                                    std::size_t n) {
    std::int32_t largest = -32768;
    for (std::size_t i = 0; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
    std::int32_t sum = 0;  // Q16.15
    for (std::size_t i = 0; i < n; ++i) {
        const std::int32_t scaled = D::multiply(x[i] - largest, scaling.mantissa, scaling.shift);
        y[i] = exponentials<void_of<D>>[held_in_int16(scaled + 32767)];
        sum += y[i];
    }
    const int zeros = std::countl_zero(static_cast<std::uint32_t>(sum));
    const auto leading = static_cast<std::int32_t>(((static_cast<std::int64_t>(sum) << (zeros - 1)) + (1 << 13)) >> 14);
    const std::int64_t inverse = inverses<void_of<D>>[held_in_int16(leading - ((1 << 15) + (1 << 16)))];
    const int shift = 31 - zeros;
    for (std::size_t i = 0; i < n; ++i) {
        const std::int64_t made = (y[i] * inverse + (std::int64_t{1} << (shift - 1))) >> shift;
        y[i] = static_cast<std::int16_t>(made < 0 ? 0 : made > 32767 ? 32767 : made);
    }
}

/// In real numbers: f32(e^(x - max)) of each, their float sum in order, the quotients.
constexpr void softmax_row_of_reals(const float* x, float* y, std::size_t n) {
    float largest = x[0];
    for (std::size_t i = 1; i < n; ++i) largest = lane::max(largest, x[i]);
    float sum = 0.0f;
    for (std::size_t i = 0; i < n; ++i) {
        y[i] = static_cast<float>(real::exp(static_cast<double>(x[i]) - static_cast<double>(largest)));
        sum += y[i];
    }
    for (std::size_t i = 0; i < n; ++i) y[i] = y[i] / sum;
}

/// The most logits that a row of X may have.
template <class X> inline constexpr std::size_t most_logits = sizeof(value_of<X>) == 1 ? 4095 : 65536;

}  // namespace detail

/// y [rows][n] = softmax of each row of x [rows][n], whole-byte codes in memory without gaps. X: 8 bits, with Y of 8 or
/// std::int16_t; or both std::int16_t. `D` is a dialect of TFLite's family.
template <class X, class Y, class D = TfLiteDoubleRounding, class Arch = arch::native>
constexpr void softmax_rows(const SoftmaxScaling& scaling, const X* x, Y* y, std::size_t rows, std::size_t n) {
    static_assert((sizeof(X) == 1 && sizeof(Y) <= 2) || (std::same_as<X, std::int16_t> && std::same_as<Y, X>),
                  "softmax takes codes of 8 bits and makes 8 or 16, or takes and makes std::int16_t");
    using Product = typename detail::softmax_product<D>::type;
    QTENSOR_REQUIRE(n <= detail::most_logits<X>, "softmax: more logits in a row than the sum of exponentials holds", n,
                    detail::most_logits<X>);
    if (n == 0) return;
    for (std::size_t i = 0; i < rows; ++i, x += n, y += n) {
        if constexpr (sizeof(X) == 1) {
            detail::softmax_row<Arch, Product>(scaling, x, y, n);
        } else {
            detail::softmax_row_of_words<Product>(scaling, x, y, n);
        }
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
