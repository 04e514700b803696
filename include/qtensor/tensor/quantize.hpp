// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Real numbers become codes (TFLite's AffineQuantize, tflite-micro `reference/quantize.h`, with the default policies):
///
///     code = clamp(round(f32(x / scale)) + zero_point)
///
/// NaN becomes the zero point (real zero), infinities and everything out of range saturate. Elements wider than 16 bits
/// divide in double. A rounding policy may bring x to the scale in another way (numeric/reciprocal.hpp). The vector
/// path gives the bits of the scalar one; to bytes it goes without dividing (quantize_bytes).

#include <span>

#include "../numeric/overflow.hpp"
#include "quantize_row.hpp"
#include "rows.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// Every other element: in double, then the overflow policy. A double that int64 cannot hold is held at its end first.
template <class T, class O, class R, class F>
constexpr value_of<T> quantize_wide(F quotient, std::int32_t zero_point, const R& rounding, std::size_t index) {
    double whole = 0.0;
    if constexpr (rounds_by_index<R>) {
        whole = static_cast<double>(rounding.round(quotient, index));
    } else {
        whole = static_cast<double>(rounding.round(quotient));
    }
    constexpr double beyond = 9223372036854775808.0;  // 2^63
    std::int64_t code = whole >= beyond   ? INT64_MAX
                        : whole < -beyond ? INT64_MIN
                        : whole == whole  ? static_cast<std::int64_t>(whole)
                                          : 0;
    if (__builtin_add_overflow(code, std::int64_t{zero_point}, &code)) code = zero_point > 0 ? INT64_MAX : INT64_MIN;
    return O::template narrow<T>(code);
}

template <class T, class O, class R>
constexpr value_of<T> quantize_one(float x, float scale, std::int32_t zero_point, const R& rounding,
                                   std::size_t index) {
    static_assert(!rounds_shifted<R> || (is_narrow<T> && std::same_as<O, Saturate>),
                  "a rounding that adds the zero point itself makes codes of at most 16 bits, which saturate");
    if constexpr (is_narrow<T> && std::same_as<O, Saturate> && rounds_alone<R>) {
        return static_cast<value_of<T>>(quantize_narrow<float, T>(x, scale, zero_point, rounding));
    } else if constexpr (is_narrow<T> || requires { rounding.quotient(x, scale); }) {
        return quantize_wide<T, O>(quotient(x, scale, rounding), zero_point, rounding, index);
    } else {
        return quantize_wide<T, O>(static_cast<double>(x) / static_cast<double>(scale), zero_point, rounding, index);
    }
}

/// Rounding makes 0 of what is next to 0, so that a flushed quotient makes no difference.
template <class R>
concept drops_tiny = std::derived_from<R, HalfEven> || std::derived_from<R, HalfAway> || std::derived_from<R, HalfUp> ||
                     std::derived_from<R, TowardZero>;

/// Quotients are rounded by the machine. A flush to zero changes codes where x is subnormal beside a scale so small
/// that x / s is not, where 1 / s is subnormal, and where the rounding sees a tiny number.
template <class R> constexpr void require_quantize_environment(float scale) {
    require_nearest();
    if (!drops_tiny<R> || scale < 0x1p-124f || scale > 0x1p126f) require_subnormals();
}

}  // namespace detail

/// Quantizes values[0 … size) (row-major) into `codes`, whose scale says how. Sizes must agree.
template <class O = Saturate, class R = HalfAway, class Q>
constexpr void quantize_into(std::span<const float> values, Q&& codes, const R& rounding = {}) {
    static_assert(detail::must_be_tensor<Q>());
    static_assert(detail::must_be_overflow_policy<O>() && detail::must_be_rounding_policy<R>());
    using T = typename std::remove_cvref_t<Q>::element_type;
    static_assert(detail::must_be_integer_element<T>());
    static_assert(!std::is_const_v<T>,
                  "these codes are read-only: quantize_into writes, so make the tensor's element type non-const");
    using V = lanes<float, arch::native>;
    QTENSOR_REQUIRE(values.size() == codes.size(), "as many values as codes", values.size(), codes.size());
    const auto& scale = codes.scale();
    for (std::size_t c = 0; c < detail::channel_count(codes); ++c)
        detail::require_quantize_environment<R>(scale.scale(c));
    require_usable(scale, detail::channel_count(codes));
    auto* cells = codes.data();
    for_each_row(codes, [&](const Row& row) {
        const float* from = values.data() + row.first;
        std::size_t i = 0;
        if constexpr (detail::is_narrow<T> && element<T>::per_cell == 1 && std::same_as<O, Saturate> &&
                      detail::rounds_alone<R> && !scale_runs_along_row<std::remove_cvref_t<Q>> && lane::width<V> != 1 &&
                      requires(V x) { rounding.round(x); }) {
            if (!std::is_constant_evaluated() && row.stride == 1) {
                detail::quantize_row<V, T>(from, cells + row.offset, row.length, scale.scale(row.channel),
                                           zero_point_of(scale, row.channel), rounding);
                return;
            }
        }
        for (; i < row.length; ++i) {
            const std::size_t c = scale_runs_along_row<std::remove_cvref_t<Q>> ? i : row.channel;
            const auto code =
                detail::quantize_one<T, O>(from[i], scale.scale(c), zero_point_of(scale, c), rounding, row.first + i);
            element<T>::store(cells, row.offset + static_cast<std::ptrdiff_t>(i) * row.stride, code);
        }
    });
}

/// Quantizes a list of numbers of a static shape: `quantize<int8_symmetric>({.5f, -.25f}, Shape<1, 2>{},
/// PerTensor{1/127.f})`.
template <class T, class R = HalfAway, class O = Saturate, std::size_t N, std::size_t... Extents, class S>
constexpr auto quantize(const float (&values)[N], Shape<Extents...> shape, S scale, const R& rounding = {}) {
    static_assert(detail::must_be_integer_element<T>() && detail::must_be_scale<S>());
    static_assert(detail::must_be_rounding_policy<R>() && detail::must_be_overflow_policy<O>());
    static_assert(((Extents != dyn) && ...),
                  "a list of numbers has a static shape: write Shape<2, 4>{}, or use quantize_into for run-time sizes");
    static_assert(N == (Extents * ... * 1), "the list has as many numbers as the shape has elements");
    require_usable(scale,
                   S::axis == per_tensor ? 1 : shape.extent(static_cast<std::size_t>(S::axis < 0 ? 0 : S::axis)));
    QTensor<T, S, Shape<Extents...>, Inline> codes(shape, scale);
    quantize_into<O>(std::span<const float>(values, N), codes, rounding);
    return codes;
}

}  // namespace qtensor::inline QTENSOR_ABI
