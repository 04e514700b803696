// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Packed weights that own their memory, for shapes known only at run time.

#include "../gemm/pack.hpp"
#include "aligned_bytes.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// `Packed` is a dynamic PackedWeights; use `weights()` wherever packed weights are taken. Movable, not copyable.
template <class Packed> class HeapPacked {
public:
    template <AnyTensor Q>
    explicit HeapPacked(const Q& w) : memory_(Packed::bytes(w.extent(0), w.extent(1))), packed_(w, memory_.span()) {}

    const Packed& weights() const { return packed_; }

private:
    AlignedBytes memory_;
    Packed packed_;
};

/// Packs weights [n][k] of a run-time shape. Throws std::bad_alloc.
template <class Arch, Element X, AnyTensor Q>
    requires(Q::rank == 2 && !Q::shape_type::is_static)
auto pack(const Q& w) {
    return HeapPacked<packed_for<Arch, X, Q>>(w);
}

}  // namespace qtensor::inline QTENSOR_ABI
