// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Codes of one scale become codes of another, by a dialect: q' = clamp(round((q - z) * s / s') + z'). This is TFLite's
/// QUANTIZE between integer types; inside a product the same rule is the epilogue stage `Requantize`. Accumulators that
/// were stored are taken too, with a scale per channel along any axis.

#include "../numeric/tflite.hpp"
#include "requantize_row.hpp"
#include "rows.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Requantizes `from` into `to`, whose scale and element type say how. Shapes must agree; both are contiguous; the
/// source holds codes of at most 16 bits, or int32 accumulators without a zero point; it has one scale, or one per
/// channel along any axis.
template <class D = TfLiteDoubleRounding, class From, class To>
constexpr void requantize_into(const From& from, To&& to) {
    static_assert(detail::must_be_dialect<D>());
    static_assert(detail::must_be_tensor<From>() && detail::must_be_tensor<To>());
    using T = typename From::element_type;
    using U = typename std::remove_cvref_t<To>::element_type;
    static_assert(detail::must_be_integer_element<T>() && detail::must_be_integer_element<U>());
    static_assert(detail::must_be_per_tensor_scale<typename std::remove_cvref_t<To>::scale_type>());
    static_assert(sizeof(value_of<T>) <= 2 || std::same_as<value_of<T>, std::int32_t>,
                  "requantize_into takes codes of at most 16 bits and accumulators of int32: no dialect multiplies "
                  "wider ones outside of the epilogue stage Requantize");
    static_assert(sizeof(value_of<T>) <= 2 || !has_zero_point<typename From::scale_type>,
                  "an accumulator has no zero point: the product has removed those of its operands, so give it a "
                  "scale without one, PerTensor{...} or PerChannel<N, Axis>{...}");
    static_assert(From::storage_type::contiguous && std::remove_cvref_t<To>::storage_type::contiguous,
                  "requantize_into takes contiguous tensors");
    QTENSOR_REQUIRE(from.shape() == to.shape(), "requantize_into: source and target have the same shape", from.size(),
                    to.size());
    using Factors = factors<typename From::scale_type>;
    const std::size_t channels = detail::channel_count(from);
    for (std::size_t c = 0; c < channels; ++c)
        require_environment(Factors::first(from.scale(), c), Factors::second(from.scale(), c), to.scale().scale(0));
    require_usable(from.scale(), channels);
    require_usable(to.scale(), 1);
    const CodeRange range{zero_point_of(to.scale(), 0), static_cast<std::int32_t>(element<U>::lowest),
                          static_cast<std::int32_t>(element<U>::highest)};
    auto* target = to.data();
    if constexpr (!scale_runs_along_row<From>) {
        for_each_row(from, [&](const Row& row) {
            const detail::OneChannel<D> channel{{from, to, row.channel}};
            detail::requantize_row<D, U>(from, row.first, target, row.length, channel, range);
        });
    } else {
        // Constants of some channels at a time, on the stack: few where memory is little.
        constexpr std::size_t most = lane::width<lanes<std::int32_t, arch::native>> == 1 ? 32 : 1024;
        for (std::size_t begin = 0; begin < channels; begin += most) {
            const std::size_t count = channels - begin < most ? channels - begin : most;
            detail::EachChannel<D, most> some;
            for (std::size_t c = 0; c < count; ++c) some.set(c, detail::ChannelConstants<D>(from, to, begin + c));
            for_each_row(from, [&](const Row& row) {
                detail::requantize_row<D, U>(from, row.first + begin, target, count, some, range);
            });
        }
    }
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
