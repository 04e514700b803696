// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Part of a tensor, as a view: no code is copied. `copy_into` (copy.hpp) makes a tensor of it, or fills it.

#include "qtensor.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// What every view of codes in another place asks of `Q`, the type of a forwarding reference. The scale must stay true
/// when rows of the tensor are left out or exchanged: one number.
template <class Q> constexpr bool must_be_movable() {
    using Tensor = std::remove_cvref_t<Q>;
    static_assert(must_be_whole_bytes<typename Tensor::element_type>());
    static_assert(Tensor::scale_type::axis == per_tensor,
                  "slices and transpositions are taken of tensors with one scale: a scale per channel would lose its "
                  "place");
    static_assert(std::is_lvalue_reference_v<Q> || !Tensor::storage_type::owning,
                  "a view of a temporary would dangle: give the tensor a name first");
    return true;
}

/// Shape<dyn, dyn, ...> of R axes.
template <std::size_t R, std::size_t... Axes>
constexpr auto dynamic_shape(const std::array<std::size_t, R>& extents, std::index_sequence<Axes...>) {
    return Shape<(Axes == Axes ? dyn : dyn)...>(extents[Axes]...);
}
template <std::size_t R> constexpr auto dynamic_shape(const std::array<std::size_t, R>& extents) {
    return dynamic_shape(extents, std::make_index_sequence<R>{});
}
}  // namespace detail

/// Elements begin[a], begin[a] + step[a], ..., extent[a] of them, along each axis a; a step may be negative. The result
/// refers to the tensor's memory. (TFLite SLICE and STRIDED_SLICE, once their masks are worked out.)
template <AnyTensor Q, std::size_t R = std::remove_cvref_t<Q>::rank>
constexpr auto sliced(Q&& tensor, const std::array<std::size_t, R>& begin, const std::array<std::size_t, R>& extent,
                      const std::array<std::ptrdiff_t, R>& step) {
    using Tensor = std::remove_cvref_t<Q>;
    static_assert(detail::must_be_movable<Q>());
    static_assert(R == Tensor::rank, "a slice has a beginning and an extent for every axis");
    auto strides = tensor.strides();
    std::ptrdiff_t offset = 0;
    for (std::size_t axis = 0; axis < R; ++axis) {
        const auto first = static_cast<std::ptrdiff_t>(begin[axis]);
        const auto count = static_cast<std::ptrdiff_t>(extent[axis]);
        const std::ptrdiff_t last = first + (count - 1) * step[axis];
        QTENSOR_REQUIRE(count == 0 || (begin[axis] < tensor.extent(axis) && last >= 0 &&
                                       last < static_cast<std::ptrdiff_t>(tensor.extent(axis))),
                        "a slice lies inside its tensor (value: the axis at fault)", axis, tensor.extent(axis));
        if (count > 0) offset += first * strides[axis];
        strides[axis] *= step[axis];
    }
    const auto shape = detail::dynamic_shape(extent);
    auto* cells = tensor.data() + offset;
    using T = std::conditional_t<std::is_const_v<std::remove_pointer_t<decltype(cells)>>,
                                 const typename Tensor::element_type, typename Tensor::element_type>;
    return QTensor<T, typename Tensor::scale_type, std::remove_const_t<decltype(shape)>, Strided>(cells, shape, strides,
                                                                                                  tensor.scale());
}

/// The same, element by element.
template <AnyTensor Q, std::size_t R = std::remove_cvref_t<Q>::rank>
constexpr auto sliced(Q&& tensor, const std::array<std::size_t, R>& begin, const std::array<std::size_t, R>& extent) {
    std::array<std::ptrdiff_t, R> ones{};
    for (std::ptrdiff_t& step : ones) step = 1;
    return sliced(std::forward<Q>(tensor), begin, extent, ones);
}

}  // namespace qtensor::inline QTENSOR_ABI
