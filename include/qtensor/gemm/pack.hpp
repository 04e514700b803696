// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// pack<Arch, X>(w): weights [n][k] in reading order for an architecture and the element of the activations.
///
///     const auto packed = pack<arch::native, std::int8_t>(w);                             // static shape: in the
///     object const auto packed = pack<arch::native, std::int8_t>(w, memory);                     // run-time: in your
///     memory
///
/// On a host heap/pack.hpp finds the memory itself.

#include <cstddef>
#include <span>

#include "packed_weights.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Packs weights [n][k] of static shape; nothing but the result is needed.
template <class Arch, Element X, AnyTensor Q>
    requires(Q::rank == 2 && Q::shape_type::is_static)
constexpr auto pack(const Q& w) {
    return packed_for<Arch, X, Q>(w);
}

/// Packs weights [n][k] into the caller's memory: packed_for<Arch, X, Q>::bytes(n, k) bytes, aligned to 64, which must
/// outlive the result.
template <class Arch, Element X, AnyTensor Q>
    requires(Q::rank == 2 && !Q::shape_type::is_static)
auto pack(const Q& w, std::span<std::byte> memory) {
    return packed_for<Arch, X, Q>(w, memory);
}

/// Either, of weights that are a temporary.
template <class Arch, Element X, AnyTensor Q, class... Memory>
    requires(Q::rank == 2)
constexpr auto pack(const Q&& w, Memory&&... memory) {
    static_assert(detail::must_outlive<packed_for<Arch, X, Q>, Q>());
    return pack<Arch, X>(w, memory...);
}

/// What of the two is missing, in a sentence.
template <class... Given, AnyTensor Q>
    requires(sizeof...(Given) < 2)
constexpr void pack(const Q&) {
    static_assert(never<Q>, "weights are packed for an architecture and the element of the activations: "
                            "pack<arch::native, std::int8_t>(w)");
}

}  // namespace qtensor::inline QTENSOR_ABI
