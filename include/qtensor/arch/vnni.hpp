// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The atom of VNNI at any width: vpdpbusd adds four u8 x s8 products to each int32, without saturation. For signed
/// activations the *weights* are stored as u8 (w + 128), once, so activations are broadcast from memory as they are.
///
/// `Bytes` is the instruction set: a `Register` of bytes with load, broadcast (of four), dot(c, u8, s8), zero, add,
/// store, `sum(row, depth)` and, where it is faster, `four_sums(rows, depth, to)`.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

/// 8-bit activations X and weights W on `Bytes`, repeated TileM x TileN times in a tile.
template <class Bytes, class X, class W, std::size_t TileM, std::size_t TileN> struct VnniAtom {
    using A = typename Bytes::Register;
    using B = typename Bytes::Register;
    using C = typename Bytes::Register;
    static constexpr std::size_t m = 1, n = sizeof(C) / 4, k = 4, tile_m = TileM, tile_n = TileN;
    static constexpr bool x_signed = std::is_signed_v<X>;
    static constexpr bool in_place = true;
    using accumulator = std::int32_t;
    using a_cell = X;
    using packed =
        std::conditional_t<x_signed, std::uint8_t, std::int8_t>;  // the side of the instruction that x leaves
    static constexpr std::int32_t w_offset = x_signed == std::is_signed_v<W> ? (x_signed ? 128 : -128) : 0;

    QTENSOR_FORCE_INLINE static A load_a(const X* const* rows, std::size_t at) {
        std::int32_t word;
        std::memcpy(&word, rows[0] + at, 4);
        return Bytes::broadcast(word);
    }
    QTENSOR_FORCE_INLINE static B load_b(const packed* panel) { return Bytes::load(panel); }
    QTENSOR_FORCE_INLINE static C zero() { return Bytes::zero(); }
    QTENSOR_FORCE_INLINE static C add(C a, C b) { return Bytes::add(a, b); }
    QTENSOR_FORCE_INLINE static C start(const std::int32_t* columns, const std::int32_t* rows) {
        return add(Bytes::load(columns), Bytes::broadcast(rows[0]));
    }
    QTENSOR_FORCE_INLINE static C mma(C c, A a, B b) {
        if constexpr (x_signed) {
            return Bytes::dot(c, b, a);
        } else {
            return Bytes::dot(c, a, b);
        }
    }
    QTENSOR_FORCE_INLINE static void store(std::int32_t* to, std::size_t, C c) { Bytes::store(to, c); }
    QTENSOR_FORCE_INLINE static std::int32_t row_sum(const X* x, std::size_t depth) { return Bytes::sum(x, depth); }
    QTENSOR_FORCE_INLINE static void four_row_sums(const X* const* rows, std::size_t depth,
                                                   std::int32_t* to) requires requires {
        Bytes::four_sums(rows, depth, to);
    }
    { Bytes::four_sums(rows, depth, to); }
};

}  // namespace qtensor::inline QTENSOR_ABI::arch
