// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A tensor with its axes in another order, as a view: no code is copied. `copy_into` (copy.hpp) makes a tensor of it.

#include "sliced.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// The axes 0 ... Rank - 1 in some order.
template <std::size_t Rank, std::size_t R> constexpr bool names_every_axis(const std::array<std::size_t, R>& order) {
    for (std::size_t axis = 0; axis < R; ++axis) {
        if (order[axis] >= Rank) return false;
        for (std::size_t before = 0; before < axis; ++before) {
            if (order[before] == order[axis]) return false;
        }
    }
    return R == Rank;
}
}  // namespace detail

/// Axis a of the result is axis order[a] of the tensor (TFLite TRANSPOSE, NumPy transpose). The result refers to the
/// tensor's memory.
template <AnyTensor Q, std::size_t R = std::remove_cvref_t<Q>::rank>
constexpr auto transposed(Q&& tensor, const std::array<std::size_t, R>& order) {
    using Tensor = std::remove_cvref_t<Q>;
    static_assert(detail::must_be_movable<Q>());
    static_assert(R == Tensor::rank, "a transposition names every axis once");
    QTENSOR_REQUIRE(detail::names_every_axis<R>(order), "a transposition names every axis once", 0, R);
    const auto strides = tensor.strides();
    std::array<std::size_t, R> extents{};
    std::array<std::ptrdiff_t, R> moved{};
    for (std::size_t axis = 0; axis < R; ++axis) {
        extents[axis] = tensor.extent(order[axis]);
        moved[axis] = strides[order[axis]];
    }
    const auto shape = detail::dynamic_shape(extents);
    auto* cells = tensor.data();
    using T = std::conditional_t<std::is_const_v<std::remove_pointer_t<decltype(cells)>>,
                                 const typename Tensor::element_type, typename Tensor::element_type>;
    return QTensor<T, typename Tensor::scale_type, std::remove_const_t<decltype(shape)>, Strided>(cells, shape, moved,
                                                                                                  tensor.scale());
}

}  // namespace qtensor::inline QTENSOR_ABI
