// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// x * w^T for run-time shapes in one call: packs, binds, allocates the result. For repeated products pack once and
/// keep a Linear.

#include <vector>

#include "../gemm/matmul.hpp"
#include "pack.hpp"
#include "storage.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// Words per channel that a stage may take from BindMemory; every dialect needs at most two.
inline constexpr std::size_t bind_words_per_stage = 4;

/// Packed weights of static shape lie in the object; here they go to the heap as well, whatever their size.
template <class Packed> struct in_memory {
    using type = Packed;
};
template <class Arch, class X, class W, class S, std::size_t N, std::size_t K>
    requires(N != dyn && K != dyn)
struct in_memory<PackedWeights<Arch, X, W, S, N, K>> {
    using type = PackedWeights<Arch, X, W, S, dyn, K>;
};
template <class Packed> using packed_in_memory = typename in_memory<Packed>::type;
}  // namespace detail

/// The product of matrices of which at least one has a run-time extent; the result owns its memory. Throws
/// std::bad_alloc.
template <class Acc = void, AnyTensor XT, AnyTensor WT, class... Stages>
    requires(!(XT::shape_type::is_static && WT::shape_type::is_static))
auto matmul(const XT& x, const WT& w, const Stages&... stages) {
    static_assert(detail::operands_must_fit<XT, WT>());
    using X = std::remove_const_t<typename XT::element_type>;
    using Arch = detail::product_arch<XT, WT, Acc>;
    using Packed = detail::packed_in_memory<packed_for<Arch, X, WT>>;
    const AlignedBytes memory(Packed::bytes(w.extent(0), w.extent(1)));
    const Packed packed(w, memory.span());
    std::vector<std::int32_t> words(checked_product(w.extent(0), detail::bind_words_per_stage * sizeof...(Stages)));
    const BoundLinear<Packed, typename XT::scale_type, Acc, Stages...> linear(
        packed, x.scale(), BindMemory(words.data(), words.size()), stages...);
    using L = decltype(linear);
    QTensor<typename L::element_type, typename L::scale_type, Shape<dyn, dyn>, Heap> y(
        Shape<dyn, dyn>(x.extent(0), w.extent(0)), linear.output_scale());
    const AlignedBytes workspace(L::workspace_bytes(x.extent(0), x.extent(1)));
    linear.run(packed, x, y, workspace.span());
    return y;
}

}  // namespace qtensor::inline QTENSOR_ABI
