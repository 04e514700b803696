// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Element-wise operations of two tensors (combine.hpp says which) on whole tensors, with broadcasting as in NumPy:
/// axes are aligned at the last one, and an extent of 1 (or a missing axis) is repeated.
///
///     combine_into<Add>(a, b, y);                          TFLite's numbers, at the scales of the three tensors
///     combine_into<Multiply, numerics::Onnx>(a, b, y, Relu{});

#include "../gemm/epilogue.hpp"
#include "../gemm/store.hpp"
#include "../tensor/qtensor.hpp"
#include "combine.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// y[i] = stages(op(a[i a_stride], b[i b_stride])) for a row; strides are 1 or 0.
template <class Arch, class T, class Op, class Stages, class X, class YCell>
constexpr void combine_row(const Op& op, const Stages& stages, const X* a, std::size_t a_stride, const X* b,
                           std::size_t b_stride, YCell* y, std::size_t count) {
    using V = lanes<T, Arch>;
    constexpr std::size_t step = lane::width<V>;
    const auto load = [](const X* from, std::size_t stride, std::size_t at, std::size_t here) {
        return stride == 0 ? lane::broadcast<V>(static_cast<T>(*from)) : lane::load<V>(from + at, here);
    };
    // Copies: what is read through a reference is read again after each store of codes.
    const Op bound = op;
    const std::conditional_t<(sizeof(Stages) <= 64), Stages, const Stages&> stage = stages;
    const auto made = [&](std::size_t i, std::size_t here) __attribute__((always_inline)) {
        return stage(bound(load(a, a_stride, i, here), load(b, b_stride, i, here)), Cell{0, i, here});
    };
    using Element = typename Stages::element;
    std::size_t i = 0;
    if constexpr (step > 1) {
        for (; i + 4 * step <= count; i += 4 * step) {  // four registers become one of bytes
            using Value = std::remove_cvref_t<decltype(made(i, step))>;
            const Value values[] = {made(i, step), made(i + step, step), made(i + 2 * step, step),
                                    made(i + 3 * step, step)};
            store_registers<Element>(y + i, values);
        }
    }
    for (; i + step <= count; i += step) store_cells<Element>(y + i, made(i, step), step);  // a constant: no masks
    if (i < count) store_cells<Element>(y + i, made(i, count - i), count - i);
}

/// The float reading as a bound operation.
template <class Op> struct RealOperation {
    template <class V> QTENSOR_FORCE_INLINE constexpr V operator()(V a, V b) const { return Op::real(a, b); }
};

template <class Op, class X, class N, class A, class B, class Y>
constexpr auto bind_operation([[maybe_unused]] const A& a, [[maybe_unused]] const B& b, [[maybe_unused]] const Y& y) {
    if constexpr (is_integer_element<X>) {
        require_usable(a, 1);
        require_usable(b, 1);
        require_usable(y, 1);
        return typename Op::template Bound<X, N>(a, b, y);
    } else {
        return RealOperation<Op>{};
    }
}

/// Strides of `Q` over the axes of a shape of rank R, 0 where it is repeated.
template <std::size_t R, class Q, class Y>
constexpr std::array<std::size_t, R> broadcast_strides(const Q& q, const Y& y) {
    std::array<std::size_t, R> strides{};
    const auto own = q.strides();
    for (std::size_t axis = 0; axis < Q::rank; ++axis) {
        const std::size_t at = R - Q::rank + axis;
        QTENSOR_REQUIRE(q.extent(axis) == y.extent(at) || q.extent(axis) == 1,
                        "an operand's extent is that of the result, or 1", q.extent(axis), y.extent(at));
        strides[at] = q.extent(axis) == 1 ? 0 : static_cast<std::size_t>(own[axis]);
    }
    return strides;
}

}  // namespace detail

/// y = stages(op(a, b)), contiguous tensors of one element type; the scale of y says what is asked for. y may be a or b
/// itself where their shapes are equal.
template <class Op, class N = numerics::TfLite, class Arch = arch::native, class A, class B, class YT, class... Stages>
constexpr void combine_into(const A& a, const B& b, YT&& y, const Stages&... stages) {
    using Y = std::remove_cvref_t<YT>;
    using X = typename Y::element_type;
    static_assert(detail::must_be_operation<Op>() && detail::must_be_numerics<N>());
    static_assert(detail::must_be_tensor<A>() && detail::must_be_tensor<B>() && detail::must_be_tensor<Y>());
    static_assert(std::same_as<std::remove_const_t<typename A::element_type>, X> &&
                      std::same_as<std::remove_const_t<typename B::element_type>, X>,
                  "both operands and the result have one element type: requantize one of them first");
    static_assert(detail::must_be_whole_bytes<X>());
    static_assert(detail::must_be_per_tensor_scale<typename A::scale_type>());
    static_assert(detail::must_be_per_tensor_scale<typename B::scale_type>());
    static_assert(detail::must_be_per_tensor_scale<typename Y::scale_type>());
    static_assert(Y::rank > 0, "a tensor of rank 0 has no rows: use Shape<1>");
    static_assert(A::rank <= Y::rank && B::rank <= Y::rank, "an operand has more axes than the result");
    static_assert(A::storage_type::contiguous && B::storage_type::contiguous && Y::storage_type::contiguous,
                  "element-wise operations take contiguous tensors: copy a strided view first");
    using T = std::conditional_t<detail::is_integer_element<X>, std::int32_t, float>;
    constexpr std::size_t R = Y::rank;
    const auto a_strides = detail::broadcast_strides<R>(a, y);
    const auto b_strides = detail::broadcast_strides<R>(b, y);
    const auto op = detail::bind_operation<Op, X, N>(a.scale(), b.scale(), y.scale());
    const std::size_t length = y.extent(R - 1);
    const auto bound = bind_stages(Incoming<X, dyn, typename Y::scale_type>{y.scale(), length}, stages...);
    static_assert(std::same_as<typename decltype(bound)::element, X>, "these stages keep the element: Relu, Clamp");
    for (std::size_t first = 0, row = 0; first < y.size(); first += length, ++row) {
        std::size_t rest = row, at_a = 0, at_b = 0;
        for (std::size_t axis = R - 1; axis-- > 0;) {
            const std::size_t index = rest % y.extent(axis);
            rest /= y.extent(axis);
            at_a += index * a_strides[axis];
            at_b += index * b_strides[axis];
        }
        detail::combine_row<Arch, T>(op, bound, a.data() + at_a, a_strides[R - 1], b.data() + at_b, b_strides[R - 1],
                                     y.data() + first, length);
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
