// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A tensor with its axes in another order, as a view: no code is copied. `copy_into` (copy.hpp) makes a tensor of it.

#include "sliced.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Axis a of the result is axis order[a] of the tensor (TFLite TRANSPOSE, NumPy transpose). The result refers to the
/// tensor's memory.
template <AnyTensor Q, std::size_t R = std::remove_cvref_t<Q>::rank>
constexpr auto transposed(Q&& tensor, const std::array<std::size_t, R>& order) {
    using Tensor = std::remove_cvref_t<Q>;
    static_assert(R == Tensor::rank, "a transposition names every axis once");
    static_assert(detail::movable<Tensor>,
                  "axes are exchanged in tensors of whole-byte elements with one scale: a scale per channel would lose "
                  "its place");
    static_assert(std::is_lvalue_reference_v<Q> || !Tensor::storage_type::owning,
                  "a transposition of a temporary would dangle: give the tensor a name first");
    const auto strides = tensor.strides();
    std::array<std::size_t, R> extents{};
    std::array<std::ptrdiff_t, R> moved{};
    for (std::size_t axis = 0; axis < R; ++axis) {
        bool once = order[axis] < R;
        for (std::size_t before = 0; before < axis; ++before) once = once && order[before] != order[axis];
        QTENSOR_REQUIRE(once, "a transposition names every axis once", order[axis], R);
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
