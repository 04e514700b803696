// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The float atom of every instruction set: c + a * b per lane, k ascending, in one rounding where the set has FMA.
///
/// `Floats` is the instruction set: a `Register` of float with load, broadcast, fma(a, b, c), zero, add, store.

#include <cstddef>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

/// Floats on `Floats`, repeated TileM x TileN times in a tile.
template <class Floats, std::size_t TileM, std::size_t TileN> struct FloatAtom {
    using A = typename Floats::Register;
    using B = typename Floats::Register;
    using C = typename Floats::Register;
    static constexpr std::size_t m = 1, n = sizeof(C) / 4, k = 1, tile_m = TileM, tile_n = TileN;
    static constexpr bool in_place = true;
    using accumulator = float;
    using a_cell = float;
    using packed = float;

    QTENSOR_FORCE_INLINE static A load_a(const float* const* rows, std::size_t at) {
        return Floats::broadcast(rows[0] + at);
    }
    QTENSOR_FORCE_INLINE static B load_b(const float* panel) { return Floats::load(panel); }
    QTENSOR_FORCE_INLINE static B kept(B b) {
        asm("" : "+v"(b));
        return b;
    }
    QTENSOR_FORCE_INLINE static C zero() { return Floats::zero(); }
    QTENSOR_FORCE_INLINE static C add(C a, C b) { return Floats::add(a, b); }
    QTENSOR_FORCE_INLINE static C mma(C c, A a, B b) { return Floats::fma(a, b, c); }
    QTENSOR_FORCE_INLINE static void store(float* to, std::size_t, C c) { Floats::store(to, c); }
};

}  // namespace qtensor::inline QTENSOR_ABI::arch
