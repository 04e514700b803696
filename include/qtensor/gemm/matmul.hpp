// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// x * w^T in one call, for static shapes: pack, bind, run. In constant evaluation the scalar reference runs; at run
/// time the native kernel, with the same bits. Weights that are used again, or are large, are packed once instead
/// (pack, Linear).

#include "linear.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

template <class P> inline constexpr bool is_packed = false;
template <class Arch, class X, class W, class S, std::size_t N, std::size_t K>
inline constexpr bool is_packed<PackedWeights<Arch, X, W, S, N, K>> = true;

template <class X> inline constexpr bool is_operand = true;
template <class X>
    requires is_integer_element<X>
inline constexpr bool is_operand<X> = sizeof(value_of<X>) <= 2;

/// Real operands of a product: weights may be stored in half.
template <class X> inline constexpr bool is_real_activation = std::same_as<std::remove_const_t<X>, float>;
template <class W>
inline constexpr bool is_real_weight = is_real_activation<W> || std::same_as<std::remove_const_t<W>, float16> ||
                                       std::same_as<std::remove_const_t<W>, bfloat16>;

/// What every product asks of its operands, as sentences.
template <class XT, class WT> constexpr bool operands_must_fit() {
    static_assert(must_be_tensor<XT>() && must_be_tensor<WT>());
    static_assert(must_be_per_tensor_scale<typename XT::scale_type>());
    using X = typename XT::element_type;
    using W = typename WT::element_type;
    static_assert(
        is_integer_element<X> == is_integer_element<W>,
        "one operand is integer and the other real: quantize the real one first, quantize<std::int8_t>(values, "
        "shape, scale)");
    static_assert(is_operand<X> && is_operand<W>,
                  "an accumulator is no operand of a product: end the previous product with "
                  "Requantize<std::int8_t>{scale} first");
    static_assert(is_integer_element<X> || (is_real_activation<X> && is_real_weight<W>),
                  "a product of real numbers takes float activations, and weights of float, float16 or bfloat16: "
                  "convert_into float first");
    static_assert(XT::rank == 2 && WT::rank == 2,
                  "matmul multiplies matrices, x [m][k] and w [n][k]: view a vector as Shape<1, k>");
    if constexpr (XT::rank == 2 && WT::rank == 2) {
        static_assert(extents_agree(XT::shape_type::static_extent(1), WT::shape_type::static_extent(1)),
                      "matmul multiplies x [m][k] by the transpose of w [n][k]: both have the same last extent");
    }
    return true;
}

/// Where x * w^T of tensors runs when the caller names no architecture: kernels sum in int32.
template <class Acc, class X, class W, class XS, class WS, std::size_t K> struct product_arch_of {
    using Chosen = typename default_accumulator<X, W, K, has_zero_point<XS>, has_zero_point<WS>>::type;
    using Sum = std::conditional_t<std::is_void_v<Acc>, Chosen, Acc>;
    static constexpr bool has_kernel =
        arch::HasAtom<arch::native, value_of<X>, value_of<W>> && !std::same_as<Sum, std::int64_t>;
    using type = std::conditional_t<has_kernel, arch::native, arch::scalar>;
};
template <class XT, class WT, class Acc>
using product_arch = typename product_arch_of<Acc, std::remove_const_t<typename XT::element_type>,
                                              std::remove_const_t<typename WT::element_type>, typename XT::scale_type,
                                              typename WT::scale_type, WT::shape_type::static_extent(1)>::type;

template <class Acc> constexpr bool must_be_accumulator() {
    static_assert(std::is_void_v<Acc> || (std::signed_integral<Acc> && !std::same_as<Acc, signed char>),
                  "the template argument of matmul is its accumulator, std::int16_t, std::int32_t or std::int64_t: to "
                  "choose an architecture pack the weights for it, matmul(x, pack<arch::scalar, X>(w))");
    return true;
}

/// Weights up to this many elements are packed on the stack by matmul, in every call; larger ones once, by the caller:
/// packing them takes longer than multiplying a few rows.
inline constexpr std::size_t matmul_pack_limit = 65536;

template <std::size_t Elements, std::size_t Limit> constexpr bool must_be_few_enough_to_pack() {
    static_assert(Elements <= Limit,
                  "matmul packs weights on the stack in every call, and these are more than 65536 elements: pack them "
                  "once, static const auto packed = pack<arch::native, X>(w), and multiply by that, matmul(x, packed)");
    return true;
}

template <class Arch, class Acc, class XT, class Packed, class... Stages>
constexpr auto run_matmul(const XT& x, const Packed& packed, const Stages&... stages) {
    const BoundLinear<Packed, typename XT::scale_type, Acc, Stages...> linear(packed, x.scale(), BindMemory{},
                                                                              stages...);
    using L = decltype(linear);
    constexpr std::size_t m = XT::shape_type::static_extent(0);
    QTensor<typename L::element_type, typename L::scale_type, Shape<m, Packed::static_n>, Inline> y(
        {}, linear.output_scale());
    if constexpr (L::workspace_bytes(m, Packed::static_k) == 0) {
        linear.run(packed, x, y);
    } else {
        alignas(64) std::byte workspace[L::workspace_bytes(m, Packed::static_k)];
        linear.run(packed, x, y, workspace);
    }
    return y;
}
}  // namespace detail

/// The product of static matrices, x [m][k] * w [n][k]^T, through the epilogue stages. `Acc` may name the accumulator
/// (std::int16_t for the article's int8 x int8 -> int16); it is proven from types at compile time where they suffice
/// and from the weights' row sums otherwise.
template <class Acc = void, AnyTensor XT, AnyTensor WT, class... Stages>
    requires(XT::shape_type::is_static && WT::shape_type::is_static)
constexpr auto matmul(const XT& x, const WT& w, const Stages&... stages) {
    static_assert(detail::must_be_accumulator<Acc>() && detail::operands_must_fit<XT, WT>());
    using X = std::remove_const_t<typename XT::element_type>;
    using W = std::remove_const_t<typename WT::element_type>;
    constexpr std::size_t n = WT::shape_type::static_extent(0);
    constexpr std::size_t k = WT::shape_type::static_extent(1);
    static_assert(detail::must_be_few_enough_to_pack<n * k, detail::matmul_pack_limit>());
    if constexpr (std::signed_integral<Acc> && !std::same_as<Acc, std::int16_t>) {
        static_assert(detail::depth_must_be_safe<k, safe_depth<Acc, X, W>(has_zero_point<typename XT::scale_type>,
                                                                          has_zero_point<typename WT::scale_type>)>());
    }
    using Arch = detail::product_arch<XT, WT, Acc>;
    if constexpr (!std::same_as<Arch, arch::scalar>) {
        if (!std::is_constant_evaluated()) {
            return detail::run_matmul<Arch, Acc>(x, pack<Arch, X>(w), stages...);
        }
    }
    return detail::run_matmul<arch::scalar, Acc>(x, pack<arch::scalar, X>(w), stages...);
}

/// The same with weights packed before: `matmul(x, packed, stages...)`.
template <class Acc = void, AnyTensor XT, class Arch, class X, class W, class S, std::size_t N, std::size_t K,
          class... Stages>
    requires(XT::shape_type::is_static && N != dyn && K != dyn)
constexpr auto matmul(const XT& x, const PackedWeights<Arch, X, W, S, N, K>& packed, const Stages&... stages) {
    static_assert(detail::must_be_accumulator<Acc>());
    return detail::run_matmul<Arch, Acc>(x, packed, stages...);
}

/// Whatever no other matmul takes: says why.
template <class Acc = void, class XT, class WT, class... Stages>
constexpr auto matmul(const XT&, const WT&, const Stages&...) {
    static_assert(detail::must_be_tensor<XT>());
    if constexpr (!detail::is_packed<WT>) static_assert(detail::must_be_tensor<WT>());
    static_assert(never<XT, WT>, "the core multiplies static shapes in one call: for run-time sizes include "
                                 "<qtensor/heap.hpp>, or pack the weights and call a Linear");
}

}  // namespace qtensor::inline QTENSOR_ABI
