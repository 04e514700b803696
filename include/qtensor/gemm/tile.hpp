// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The tile: an atom repeated tile_m x tile_n times in registers, swept over the depth. Everything above this file is
/// loops; everything below is one instruction.

#include <cstddef>
#include <type_traits>

#include "../arch/atom.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// One or two accumulators leave the instruction's latency open, each waiting for its last sum: the depth is then split
/// over several sets, which are added at the end. Integers allow it in any order; float sums keep k ascending.
template <class Atom, std::size_t Accumulators>
inline constexpr std::size_t depth_split = std::is_floating_point_v<typename Atom::accumulator> ? 1
                                           : Accumulators == 1                                  ? 4
                                           : Accumulators == 2                                  ? 2
                                                                                                : 1;

/// Steps that read less than a cache line of weights are too slow for the processor to run ahead of them: whole tiles
/// ask for what they will need so many bytes later. A single row reads several panels, and needs no help.
template <class Atom, std::size_t Rows, std::size_t Columns>
inline constexpr std::size_t prefetch_ahead =
    Rows > 1 && Columns * arch::packed_cells<Atom> * sizeof(typename Atom::packed) < 64 ? 2048 : 0;

/// Activations that are read in place end where the row ends; widened ones are padded to whole groups already.
template <class Atom> inline constexpr bool has_tails = Atom::in_place && Atom::k > 1;

}  // namespace detail

/// The rows that tiles are made of: pointers to their a_cells, and, where the depth is no multiple of k, the last group
/// of each row padded with zeros to k cells.
template <arch::DotProductAtom Atom> struct TileRows {
    const typename Atom::a_cell* const* rows = nullptr;
    const typename Atom::a_cell* tails = nullptr;
};

/// What accumulators start with: columns[j] + rows[i], modulo 2^32. Float sums start with zero.
template <class Accumulator> struct TileStart {
    const Accumulator* columns = nullptr;
    const Accumulator* rows = nullptr;
};

/// Where a tile's sums go: to memory, [Rows * m][panel columns], or as wide as the tile if that is more.
template <arch::DotProductAtom Atom> struct ToMemory {
    typename Atom::accumulator* to = nullptr;

    template <std::size_t Rows, std::size_t Columns>
    QTENSOR_FORCE_INLINE void operator()(const typename Atom::C (&sums)[Rows][Columns]) const {
        constexpr std::size_t stride = (Columns > Atom::tile_n ? Columns : Atom::tile_n) * Atom::n;
        QTENSOR_UNROLL
        for (std::size_t r = 0; r < Rows; ++r) {
            QTENSOR_UNROLL
            for (std::size_t j = 0; j < Columns; ++j)
                Atom::store(to + r * Atom::m * stride + j * Atom::n, stride, sums[r][j]);
        }
    }
};

namespace detail {

/// Sums are kept in int16 for several steps of depth (arch/maddubs.hpp).
template <class Atom> inline constexpr bool spills = false;
template <class Atom>
    requires(Atom::spill_depth > 1)
inline constexpr bool spills<Atom> = true;

/// tile() where int16 sums fill the registers: the accumulators stay in `to`, and every spill_depth steps the sums are
/// added to them.
template <class Atom, std::size_t Rows, std::size_t Columns>
QTENSOR_FORCE_INLINE void spilling_tile(const TileRows<Atom>& x, TileStart<typename Atom::accumulator> start,
                                        std::size_t first, const typename Atom::packed* panel, std::size_t depth,
                                        typename Atom::accumulator* to) {
    constexpr std::size_t columns = arch::panel_columns<Atom>;
    constexpr std::size_t group = Atom::tile_n * arch::packed_cells<Atom>;
    const typename Atom::a_cell* rows[Rows];
    QTENSOR_UNROLL
    for (std::size_t r = 0; r < Rows; ++r) {
        rows[r] = x.rows[first + r];
        QTENSOR_UNROLL
        for (std::size_t j = 0; j < Columns; ++j)
            Atom::store(to + r * columns + j * Atom::n, columns,
                        Atom::start(start.columns + j * Atom::n, start.rows + first + r));
    }
    std::size_t at = 0;
    // Unrolled: int16 sums that a loop carried on would be copied from register to register (g++ 12).
    const auto multiply =
        [&]<std::size_t Steps>(std::integral_constant<std::size_t, Steps>) __attribute__((always_inline)) {
            typename Atom::C sums[Rows][Columns];
            QTENSOR_UNROLL
            for (std::size_t s = 0; s < Steps; ++s, panel += group, at += Atom::k) {
                typename Atom::B b[Columns];
                QTENSOR_UNROLL
                for (std::size_t j = 0; j < Columns; ++j) b[j] = Atom::load_b(panel + j * arch::packed_cells<Atom>);
                QTENSOR_UNROLL
                for (std::size_t r = 0; r < Rows; ++r) {
                    const typename Atom::A a = Atom::load_a(rows + r, at);
                    QTENSOR_UNROLL
                    for (std::size_t j = 0; j < Columns; ++j)
                        sums[r][j] = s == 0 ? Atom::pairs(a, b[j]) : Atom::add_pairs(sums[r][j], a, b[j]);
                }
            }
            QTENSOR_UNROLL
            for (std::size_t r = 0; r < Rows; ++r) {
                QTENSOR_UNROLL
                for (std::size_t j = 0; j < Columns; ++j) {
                    typename Atom::accumulator* const sum = to + r * columns + j * Atom::n;
                    Atom::store(sum, columns, Atom::spill(Atom::load(sum), sums[r][j]));
                }
            }
        };
    constexpr std::size_t steps = Atom::spill_depth;
    std::size_t left = depth / Atom::k;
    QTENSOR_NO_UNROLL
    for (; left >= steps; left -= steps) multiply(std::integral_constant<std::size_t, steps>{});
    bool in_rows = true;
    for (;;) {
        QTENSOR_NO_UNROLL
        for (; left > 0; --left) multiply(std::integral_constant<std::size_t, 1>{});
        if (depth % Atom::k == 0 || !in_rows) return;
        QTENSOR_UNROLL
        for (std::size_t r = 0; r < Rows; ++r) rows[r] = x.tails + (first + r) * Atom::k;
        in_rows = false;
        left = 1;
        at = 0;
    }
}

}  // namespace detail

/// finish(sums) with sums[Rows][Columns] = start + x rows * panel^T over `depth`, for the rows from `first` on and the
/// first Columns atoms of the panel (the last panel of a matrix may be narrower; more than tile_n reach into the panels
/// behind it). Unless `has_tails`, depth is a
/// multiple of k. A function of its own. `finish` runs while the sums are in registers: one that computes with them
/// detaches them first (lane::detached), or g++ 12 spills them inside the depth loop. (`first` is an index, because g++
/// 12 computes pairs of shifted pointers by vector multiplications.)
template <arch::DotProductAtom Atom, std::size_t Rows, std::size_t Columns = Atom::tile_n, class Finish>
[[gnu::noinline]] void tile(const TileRows<Atom>& x, [[maybe_unused]] TileStart<typename Atom::accumulator> start,
                            std::size_t first, const typename Atom::packed* panel, std::size_t depth,
                            const Finish& finish) {
    constexpr std::size_t group = Atom::tile_n * arch::packed_cells<Atom>;
    constexpr std::size_t split = detail::depth_split<Atom, Rows * Columns>;
    if constexpr (detail::spills<Atom>)
        return detail::spilling_tile<Atom, Rows, Columns>(x, start, first, panel, depth, finish.to);
    [[maybe_unused]] const std::size_t next_panel = (depth + Atom::k - 1) / Atom::k * group;
    const typename Atom::a_cell* rows[Rows * Atom::m];
    QTENSOR_UNROLL
    for (std::size_t r = 0; r < Rows * Atom::m; ++r) rows[r] = x.rows[first + r];

    typename Atom::C c[split][Rows][Columns];
    QTENSOR_UNROLL
    for (std::size_t s = 0; s < split; ++s) {
        QTENSOR_UNROLL
        for (std::size_t r = 0; r < Rows; ++r) {
            QTENSOR_UNROLL
            for (std::size_t j = 0; j < Columns; ++j) {
                if constexpr (std::is_floating_point_v<typename Atom::accumulator>) {
                    c[s][r][j] = Atom::zero();
                } else {
                    c[s][r][j] = s == 0 ? Atom::start(start.columns + j * Atom::n, start.rows + first + r * Atom::m)
                                        : Atom::zero();
                }
            }
        }
    }

    const auto multiply = [&](typename Atom::C(&sums)[Rows][Columns], const typename Atom::packed* weights,
                              std::size_t at) __attribute__((always_inline)) {
        constexpr std::size_t ahead = detail::prefetch_ahead<Atom, Rows, Columns>;
        if constexpr (ahead != 0) __builtin_prefetch(reinterpret_cast<const char*>(weights) + ahead);
        typename Atom::B b[Columns];
        QTENSOR_UNROLL
        for (std::size_t j = 0; j < Columns; ++j) {
            b[j] = Atom::load_b(weights + j / Atom::tile_n * next_panel + j % Atom::tile_n * arch::packed_cells<Atom>);
            if constexpr (Rows > 1 && requires { Atom::kept(b[j]); }) b[j] = Atom::kept(b[j]);
        }
        QTENSOR_UNROLL
        for (std::size_t r = 0; r < Rows; ++r) {
            const typename Atom::A a = Atom::load_a(rows + r * Atom::m, at);
            QTENSOR_UNROLL
            for (std::size_t j = 0; j < Columns; ++j) sums[r][j] = Atom::mma(sums[r][j], a, b[j]);
        }
    };

    // The depth is walked in two runs by the same code: whole groups in the rows, then one in the padded tails. A copy
    // of the tile for the tail would make g++ -O3 keep the accumulators in memory (tree-partial-pre).
    std::size_t at = 0;
    std::size_t tail = detail::has_tails<Atom> ? depth % Atom::k : 0;
    const typename Atom::packed* end = panel + depth / Atom::k * group;
    for (;;) {
        if constexpr (split > 1) {
            const typename Atom::packed* whole =
                panel + static_cast<std::size_t>(end - panel) / (split * group) * (split * group);
            QTENSOR_NO_UNROLL
            for (; panel != whole; panel += split * group, at += split * Atom::k) {
                QTENSOR_UNROLL
                for (std::size_t s = 0; s < split; ++s) multiply(c[s], panel + s * group, at + s * Atom::k);
            }
        }
        QTENSOR_NO_UNROLL
        for (; panel != end; panel += group, at += Atom::k) multiply(c[0], panel, at);
        if constexpr (!detail::has_tails<Atom>) break;
        if (tail == 0) break;
        QTENSOR_UNROLL
        for (std::size_t r = 0; r < Rows * Atom::m; ++r) rows[r] = x.tails + (first + r) * Atom::k;
        end += group;
        tail = 0;
        at = 0;
    }

    QTENSOR_UNROLL
    for (std::size_t r = 0; r < Rows; ++r) {
        QTENSOR_UNROLL
        for (std::size_t j = 0; j < Columns; ++j) {
            QTENSOR_UNROLL
            for (std::size_t s = 1; s < split; ++s) c[0][r][j] = Atom::add(c[0][r][j], c[s][r][j]);
            if constexpr (requires { Atom::widen_sums(c[0][r][j]); }) c[0][r][j] = Atom::widen_sums(c[0][r][j]);
        }
    }
    finish(c[0]);
}

namespace detail {

/// tile<Atom, rows, Columns> to memory for a number of rows known only now, 1 <= rows <= Rows.
template <class Atom, std::size_t Columns, std::size_t Rows = Atom::tile_m>
inline void tile_of(std::size_t rows, const TileRows<Atom>& x, TileStart<typename Atom::accumulator> start,
                    std::size_t first, const typename Atom::packed* panel, std::size_t depth,
                    typename Atom::accumulator* to) {
    if constexpr (Rows > 1) {
        if (rows < Rows) return tile_of<Atom, Columns, Rows - 1>(rows, x, start, first, panel, depth, to);
    }
    tile<Atom, Rows, Columns>(x, start, first, panel, depth, ToMemory<Atom>{to});
}

}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
