// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Bytes as they are, without widening: four times as many in a register as `lanes` have. On the vector types that g++
/// and clang share.

#include <cstddef>
#include <cstring>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

/// `Count` of X, signed or unsigned bytes; Count is a power of two.
template <class X, std::size_t Count> struct Bytes {
    static_assert(sizeof(X) == 1);
    using Vector [[gnu::vector_size(Count)]] = X;
    Vector value;

    QTENSOR_FORCE_INLINE static Bytes load(const X* from) {
        Bytes bytes;
        std::memcpy(&bytes.value, from, Count);
        return bytes;
    }
    QTENSOR_FORCE_INLINE void store(X* to) const { std::memcpy(to, &value, Count); }
    QTENSOR_FORCE_INLINE friend Bytes max(Bytes a, Bytes b) { return {a.value > b.value ? a.value : b.value}; }
};

}  // namespace qtensor::inline QTENSOR_ABI::arch
