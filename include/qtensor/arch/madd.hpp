// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The atom of every instruction set that multiplies pairs of int16 and adds the two products to an int32 (pmaddwd and
/// its wider forms). Exact for every value, where pmaddubsw on bytes would saturate. 8-bit activations are widened once
/// per row block, weights at each load; 16-bit activations are read where they are.
///
/// `Words` is the instruction set: a `Register` of int16 with load, load_widened (from int8, uint8, int16), broadcast
/// (of a pair), madd(c, a, b) = c + pairs of a * b modulo 2^32, zero, add, store (as int16 or int32), and
/// `widens_panels`: load_widened is dear enough to be done once for all tiles of a block of rows.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

/// The arithmetic types that int16 holds exactly.
template <class T>
concept FitsInt16 = std::same_as<T, std::int8_t> || std::same_as<T, std::uint8_t> || std::same_as<T, std::int16_t>;

/// Activations X and weights W on `Words`, repeated TileM x TileN times in a tile.
template <class Words, FitsInt16 X, FitsInt16 W, std::size_t TileM, std::size_t TileN> struct MaddAtom {
    using A = typename Words::Register;
    using B = typename Words::Register;
    using C = typename Words::Register;
    static constexpr std::size_t m = 1, n = sizeof(C) / 4, k = 2, tile_m = TileM, tile_n = TileN;
    static constexpr bool in_place = sizeof(X) == 2;
    using accumulator = std::int32_t;
    using a_cell = std::int16_t;
    using packed = W;
    static constexpr std::int32_t w_offset = 0;

    QTENSOR_FORCE_INLINE static A load_a(const std::int16_t* const* rows, std::size_t at) {
        std::int32_t pair;
        std::memcpy(&pair, rows[0] + at, 4);
        return Words::broadcast(pair);
    }
    QTENSOR_FORCE_INLINE static B load_b(const W* panel) { return Words::load_widened(panel); }
    QTENSOR_FORCE_INLINE static C zero() { return Words::zero(); }
    QTENSOR_FORCE_INLINE static C add(C a, C b) { return Words::add(a, b); }
    QTENSOR_FORCE_INLINE static C start(const std::int32_t* columns, const std::int32_t* rows) {
        return add(Words::load(columns), Words::broadcast(rows[0]));
    }
    QTENSOR_FORCE_INLINE static C mma(C c, A a, B b) { return Words::madd(c, a, b); }
    QTENSOR_FORCE_INLINE static void store(std::int32_t* to, std::size_t, C c) { Words::store(to, c); }

    /// Modulo 2^32.
    QTENSOR_FORCE_INLINE static std::int32_t row_sum(const X* x, std::size_t depth) {
        const A ones = Words::broadcast(0x00010001);
        C sums = Words::zero();
        std::size_t at = 0;
        for (; at + n * k <= depth; at += n * k) sums = Words::madd(sums, Words::load_widened(x + at), ones);
        std::int32_t lanes[n];
        Words::store(lanes, sums);
        std::uint32_t sum = 0;
        for (const std::int32_t lane : lanes) sum += static_cast<std::uint32_t>(lane);
        for (; at < depth; ++at) sum += static_cast<std::uint32_t>(std::int32_t{x[at]});
        return static_cast<std::int32_t>(sum);
    }

    QTENSOR_FORCE_INLINE static void widen_row(const X* x, std::size_t depth, std::int16_t* to)
        requires(!in_place)
    {
        std::size_t at = 0;
        for (; at + n * k <= depth; at += n * k) Words::store(to + at, Words::load_widened(x + at));
        for (; at < depth; ++at) to[at] = x[at];
        if (depth % k != 0) to[depth] = 0;
    }

    /// The same on weights that were widened before, a whole panel at once: then load_b only loads. Where it pays.
    using Widened = MaddAtom<Words, X, std::int16_t, TileM, TileN>;
    QTENSOR_FORCE_INLINE static void widen_panel(const W* panel, std::size_t cells, std::int16_t* to)
        requires(!in_place && sizeof(W) == 1 && Words::widens_panels)
    {
        for (std::size_t at = 0; at < cells; at += n * k) Words::store(to + at, Words::load_widened(panel + at));
    }
};

}  // namespace qtensor::inline QTENSOR_ABI::arch
