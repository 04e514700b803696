// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Codes of one scale become codes of another, by a dialect: q' = clamp(round((q - z) * s / s') + z'). This is TFLite's
/// QUANTIZE between integer types; inside a product the same rule is the epilogue stage `Requantize`.

#include "../arch/lanes.hpp"
#include "../numeric/dialect.hpp"
#include "../numeric/tflite.hpp"
#include "../scale/product.hpp"
#include "rows.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Requantizes `from` into `to`, whose scale and element type say how. Shapes must agree; both are contiguous; the
/// source has at most 16 bits and one scale (or one per channel off the last axis).
template <class D = TfLiteDoubleRounding, class From, class To>
constexpr void requantize_into(const From& from, To&& to) {
    static_assert(detail::must_be_dialect<D>());
    static_assert(detail::must_be_tensor<From>() && detail::must_be_tensor<To>());
    using T = typename From::element_type;
    using U = typename std::remove_cvref_t<To>::element_type;
    static_assert(detail::must_be_integer_element<T>() && detail::must_be_integer_element<U>());
    static_assert(detail::must_be_per_tensor_scale<typename std::remove_cvref_t<To>::scale_type>());
    static_assert(sizeof(value_of<T>) <= 2,
                  "accumulators are requantized by the epilogue stage Requantize: matmul(x, w, Requantize<...>{...})");
    static_assert(From::storage_type::contiguous && std::remove_cvref_t<To>::storage_type::contiguous,
                  "requantize_into takes contiguous tensors");
    static_assert(!scale_runs_along_row<From>,
                  "requantize_into takes one scale per row: a scale along the last axis has no single multiplier");
    QTENSOR_REQUIRE(from.shape() == to.shape(), "requantize_into: source and target have the same shape", from.size(),
                    to.size());
    using Factors = factors<typename From::scale_type>;
    for (std::size_t c = 0; c < detail::channel_count(from); ++c)
        require_environment(Factors::first(from.scale(), c), Factors::second(from.scale(), c), to.scale().scale(0));
    require_usable(from.scale(), detail::channel_count(from));
    require_usable(to.scale(), 1);
    const CodeRange range{zero_point_of(to.scale(), 0), static_cast<std::int32_t>(element<U>::lowest),
                          static_cast<std::int32_t>(element<U>::highest)};
    const auto* source = from.data();
    auto* target = to.data();
    for_each_row(from, [&](const Row& row) {
        const auto words = D::derive(Factors::first(from.scale(), row.channel),
                                     Factors::second(from.scale(), row.channel), to.scale().scale(0));
        const std::int32_t zero = zero_point_of(from.scale(), row.channel);
        std::int32_t limit = INT32_MAX;
        if constexpr (requires { D::largest_accumulator(words); })
            limit = static_cast<std::int32_t>(D::largest_accumulator(words));
        for (std::size_t i = 0; i < row.length; ++i) {
            const std::size_t at = row.first + i;
            // Beyond what the dialect can shift, every code is saturated.
            const std::int32_t offset = lane::min(lane::max(element<T>::load(source, at) - zero, -limit), limit);
            const std::int32_t code = D::apply(offset, words, range);
            element<U>::store(target, at, static_cast<value_of<U>>(code));
        }
    });
}

/// The codes of a static tensor at another scale.
template <class U, class D = TfLiteDoubleRounding, class From, class S>
constexpr auto requantize(const From& from, S scale) {
    static_assert(detail::must_be_tensor<From>() && detail::must_be_dialect<D>());
    static_assert(detail::must_be_integer_element<U>() && detail::must_be_per_tensor_scale<S>());
    static_assert(From::shape_type::is_static,
                  "requantize makes a tensor of static shape: use requantize_into for run-time sizes");
    require_usable(scale, 1);
    QTensor<U, S, typename From::shape_type, Inline> to(from.shape(), scale);
    requantize_into<D>(from, to);
    return to;
}

}  // namespace qtensor::inline QTENSOR_ABI
