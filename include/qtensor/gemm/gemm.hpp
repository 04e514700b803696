// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The loops around the tile. One driver for every atom, shape and epilogue:
///
///     for each block of rows (their sums, and widened copies where the atom does not read them in place)
///         for each panel of weights                      stays in L1/L2 while the block's rows pass
///             for each tile of rows in the block
///                 tile -> sink                           in registers, or through a buffer on the stack

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "pack.hpp"
#include "tile.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// m rows of activations, k contiguous elements each, `row_stride` elements apart. `first` is the number that the first
/// of them has in the result: what stages see in Cell::row.
template <class X> struct Rows {
    const X* data = nullptr;
    std::ptrdiff_t row_stride = 0;
    std::size_t m = 0;
    std::size_t k = 0;
    std::size_t first = 0;
};

namespace detail {

/// Panels are widened once for all whole tiles of a block (arch/madd.hpp) of that many rows or more.
template <class Atom> inline constexpr bool widens_panels = false;
template <class Atom>
    requires requires {
        typename Atom::Widened;
        Atom::widen_panel({}, {}, {});
    }
inline constexpr bool widens_panels<Atom> = true;
template <class Atom> inline constexpr std::size_t widening_rows = 10 * arch::tile_rows<Atom>;

/// Rows per block: enough to amortise a panel's trip from L2, few enough that their sums and copies stay small.
template <class Atom>
inline constexpr std::size_t block_rows = arch::tile_rows<Atom> * (Atom::in_place        ? 16
                                                                   : widens_panels<Atom> ? 32
                                                                                         : 4);

/// The same for rows of depth k: copies of more than four tiles take 512 KiB at most.
template <class Atom> constexpr std::size_t rows_at_once(std::size_t k) {
    if constexpr (!widens_panels<Atom>) return block_rows<Atom>;
    const std::size_t tiles = (std::size_t{1} << 19) / sizeof(typename Atom::a_cell) / arch::tile_rows<Atom> / (k | 1);
    return tiles < 4 ? 4 * arch::tile_rows<Atom> : tiles < 32 ? tiles * arch::tile_rows<Atom> : block_rows<Atom>;
}

/// Real atoms have no offset.
template <class Atom> constexpr std::int32_t weight_offset() {
    if constexpr (std::is_floating_point_v<typename Atom::accumulator>) {
        return 0;
    } else {
        return Atom::w_offset;
    }
}

/// Copies of rows in the workspace, and behind them, at a cache line, the panel.
template <class Atom> constexpr std::size_t widened_cells(std::size_t m, std::size_t k) {
    return checked_product(m < rows_at_once<Atom>(k) ? m : rows_at_once<Atom>(k), round_up(k, Atom::k));
}
template <class Atom> constexpr std::size_t panel_copy_cells(std::size_t m, std::size_t k) {
    if (!widens_panels<Atom> || m < widening_rows<Atom> || rows_at_once<Atom>(k) < widening_rows<Atom>) return 0;
    return checked_sum(PanelLayout<Atom>{arch::panel_columns<Atom>, k}.cells(), 64 / sizeof(typename Atom::a_cell));
}

}  // namespace detail

/// The accumulators of one tile: `rows` x `columns` of them from (row, column) on, rows `stride` apart and readable up
/// to whole atoms. `row_sums` has sum_k x of each row where the driver was asked for it.
template <class Accumulator> struct TileSums {
    const Accumulator* sums = nullptr;
    std::size_t stride = 0;
    std::size_t row = 0;
    std::size_t rows = 0;
    std::size_t column = 0;
    std::size_t columns = 0;
    const std::int32_t* row_sums = nullptr;
};

namespace detail {

/// body<c>(), where c atoms hold the `count` outputs of a panel. `StaticN` names all outputs, or is dyn: only widths
/// that occur are compiled.
template <class Atom, std::size_t StaticN, std::size_t Columns = Atom::tile_n, class Body>
inline void at_width(std::size_t count, const Body& body) {
    constexpr std::size_t rest = (StaticN % arch::panel_columns<Atom> + Atom::n - 1) / Atom::n;  // in the last panel
    constexpr bool has_whole = StaticN >= arch::panel_columns<Atom>;
    if constexpr (StaticN == dyn && Columns > 1) {
        if (count <= (Columns - 1) * Atom::n) return at_width<Atom, dyn, Columns - 1>(count, body);
    } else if constexpr (StaticN != dyn && has_whole && rest != 0) {
        if (count < arch::panel_columns<Atom>) return body.template operator()<rest>();
    }
    if constexpr (has_whole) {
        body.template operator()<Columns>();
    } else if constexpr (rest != 0) {  // no outputs, no tiles
        body.template operator()<rest>();
    }
}

/// The height of the next tile in atoms, where `left` of them remain: whole tiles, the last two nearly equal rather
/// than one of them low. 49 rows are 7 x 6 + 4 + 3, never 8 x 6 + 1.
template <class Atom> constexpr std::size_t tile_height(std::size_t left) {
    constexpr std::size_t most = Atom::tile_m;
    if (left <= most) return left;
    return left < most + (most + 1) / 2 ? (left + 1) / 2 : most;
}

/// How many panels a tile of one row goes through side by side: one panel has too few accumulators to hide the latency
/// of the instruction, and reads memory in one stream.
template <class Atom>
inline constexpr std::size_t wide_panels = Atom::m == 1 && !spills<Atom> ? (2 * Atom::tile_m + 2) / 3 : 1;

/// Sink takes whole tiles of the atom's sums in registers, of panels for which it says so.
template <class Sink, class Atom>
concept TakesRegisters = requires(const Sink& sink, const TileSums<typename Atom::accumulator>& tile,
                                  const typename Atom::C (&sums)[Atom::tile_m][Atom::tile_n]) {
    sink(tile, sums);
    { sink.begins(std::size_t{}) } -> std::same_as<bool>;
} && !spills<Atom>;

}  // namespace detail

/// Scratch bytes that gemm needs for m rows of depth k: none where activations are read in place.
template <class Atom> constexpr std::size_t gemm_workspace_bytes(std::size_t m, std::size_t k) {
    if constexpr (Atom::in_place) {
        return 0;
    } else {
        return checked_product(checked_sum(detail::widened_cells<Atom>(m, k), detail::panel_copy_cells<Atom>(m, k)),
                               sizeof(typename Atom::a_cell));
    }
}

namespace detail {

/// Asks for the part of a panel of `bytes` that `height` of `groups` rows from `group` on leave time for: widening
/// reads it faster than memory gives it. (Inlined by force: g++ 12 believes that a function which only prefetches has
/// no effect, and drops its calls.)
QTENSOR_FORCE_INLINE void prefetch_part(const void* panel, std::size_t bytes, std::size_t group, std::size_t height,
                                        std::size_t groups) {
    if (bytes < 4096) return;  // it comes at once
    const std::size_t end = bytes * (group + height) / groups;
    for (std::size_t at = bytes * group / groups; at < end; at += 64)
        __builtin_prefetch(static_cast<const char*>(panel) + at);
}

/// to[r] = the sum of row first + r.
template <class Atom, class X>
inline void sum_rows(const Rows<X>& x, std::size_t first, std::size_t rows, std::int32_t* to) {
    const X* row = x.data + static_cast<std::ptrdiff_t>(first) * x.row_stride;
    std::size_t r = 0;
    if constexpr (requires { Atom::four_row_sums(&row, x.k, to); }) {
        for (; r + 4 <= rows; r += 4, row += 4 * x.row_stride) {
            const X* const four[] = {row, row + x.row_stride, row + 2 * x.row_stride, row + 3 * x.row_stride};
            Atom::four_row_sums(four, x.k, to + r);
        }
    }
    for (; r < rows; ++r, row += x.row_stride) to[r] = Atom::row_sum(row, x.k);
}

}  // namespace detail

/// Sums that start with zero. What starts with something else has the same members (correction.hpp).
struct FromZero {
    static constexpr bool is_zero = true;          ///< no terms of columns
    static constexpr bool needs_row_sums = false;  ///< no terms of rows
};

/// Calls sink(TileSums) for every tile: start + sum_k x * w modulo 2^32, and sum_k x where `NeedsRowSums`. What an
/// accumulator starts with is a term of its column and the row's sum times start.row_factor(). `StaticN` may name the
/// number of outputs: then only the tile widths it needs are compiled. A sink may take tiles of whole height in
/// registers: sink(TileSums, sums[rows][atoms]), without TileSums::sums, for panels of which sink.begins(column) holds.
/// Preconditions: workspace holds gemm_workspace_bytes, aligned for a_cell.
template <class Atom, bool NeedsRowSums, std::size_t StaticN = dyn, class X, class Sink, class Start = FromZero>
void gemm(const Rows<X>& x, const PanelLayout<Atom>& layout, const typename Atom::packed* panels, void* workspace,
          Sink&& sink, [[maybe_unused]] const Start& start = {}) {
    constexpr std::size_t columns = arch::panel_columns<Atom>;
    constexpr std::size_t tile_rows = arch::tile_rows<Atom>;
    constexpr std::size_t block_rows = detail::block_rows<Atom>;
    constexpr std::int32_t w_offset = detail::weight_offset<Atom>();
    constexpr bool has_row_terms = w_offset != 0 || Start::needs_row_sums;
    constexpr bool sums_rows = NeedsRowSums || has_row_terms;
    using ACell = typename Atom::a_cell;
    using Accumulator = typename Atom::accumulator;
    std::int32_t row_sums[sums_rows ? block_rows + tile_rows : 1];
    Accumulator row_terms[block_rows + tile_rows];
    constexpr std::size_t wide = detail::wide_panels<Atom>;
    alignas(64) Accumulator column_terms[wide * columns];
    std::int32_t factor = -w_offset;
    if constexpr (Start::needs_row_sums) factor = lane::wrapping_add(factor, start.row_factor());
    if constexpr (Start::is_zero) {
        for (Accumulator& term : column_terms) term = Accumulator{};
    }
    const ACell* row_pointers[block_rows + tile_rows];
    ACell tails[(block_rows + tile_rows) * Atom::k];
    const TileRows<Atom> tile_x{row_pointers, tails};
    const TileStart<Accumulator> terms{column_terms, row_terms};
    const std::size_t tail = x.k % Atom::k;
    const std::size_t padded_k = layout.padded_k();
    const std::size_t depth = Atom::in_place ? x.k : padded_k;  // widened rows are padded already
    const std::size_t rows_at_once = detail::rows_at_once<Atom>(x.k);
    if constexpr (!has_row_terms) {
        for (std::size_t r = 0; r < rows_at_once + tile_rows && r < x.m + tile_rows; ++r) row_terms[r] = Accumulator{};
    }
    [[maybe_unused]] ACell* panel_copy = nullptr;
    if constexpr (detail::widens_panels<Atom>) {
        panel_copy = static_cast<ACell*>(workspace) + detail::widened_cells<Atom>(x.m, x.k);
        while (reinterpret_cast<std::uintptr_t>(panel_copy) % 64 != 0) ++panel_copy;
    }

    for (std::size_t block = 0; block < x.m; block += rows_at_once) {
        const std::size_t rows = x.m - block < rows_at_once ? x.m - block : rows_at_once;
        for (std::size_t r = 0; r < rows; ++r) {
            const X* row = x.data + static_cast<std::ptrdiff_t>(block + r) * x.row_stride;
            if constexpr (Atom::in_place) {
                row_pointers[r] = row;
                for (std::size_t i = 0; tail != 0 && i < Atom::k; ++i)
                    tails[r * Atom::k + i] = i < tail ? row[x.k - tail + i] : X{};
            } else {
                ACell* widened = static_cast<ACell*>(workspace) + r * padded_k;
                Atom::widen_row(row, x.k, widened);
                row_pointers[r] = widened;
            }
        }
        if constexpr (sums_rows) detail::sum_rows<Atom>(x, block, rows, row_sums);
        if constexpr (has_row_terms) {
            for (std::size_t r = 0; r < rows; ++r) row_terms[r] = lane::wrapping_multiply(factor, row_sums[r]);
        }
        // An atom of several rows may reach beyond the last one: it reads that row again and its results are dropped.
        for (std::size_t r = rows; r < rows + tile_rows; ++r) {
            row_pointers[r] = row_pointers[rows - 1];
            row_terms[r] = row_terms[rows - 1];
            for (std::size_t i = 0; tail != 0 && i < Atom::k; ++i)
                tails[r * Atom::k + i] = tails[(rows - 1) * Atom::k + i];
        }

        const std::size_t groups = (rows + Atom::m - 1) / Atom::m;
        for (std::size_t first = 0; first < layout.n; first += columns) {
            const typename Atom::packed* panel = panels + first / columns * layout.panel_cells();
            if constexpr (wide > 1 && StaticN >= wide * columns) {
                if (groups == 1 && layout.n - first >= wide * columns) {
                    if constexpr (!Start::is_zero) {
                        for (std::size_t c = 0; c < wide * columns; c += columns)
                            start.columns(first + c, columns, column_terms + c);
                    }
                    alignas(64) Accumulator buffer[wide * columns];
                    tile<Atom, 1, wide * Atom::tile_n>(tile_x, terms, 0, panel, depth, ToMemory<Atom>{buffer});
                    for (std::size_t c = 0; c < wide * columns; c += columns) {
                        sink(TileSums<Accumulator>{buffer + c, wide * columns, block, 1, first + c, columns,
                                                   NeedsRowSums ? row_sums : nullptr});
                    }
                    first += (wide - 1) * columns;
                    continue;
                }
            }
            const std::size_t count = layout.n - first < columns ? layout.n - first : columns;
            if constexpr (!Start::is_zero) start.columns(first, count, column_terms);
            bool in_registers = false;
            if constexpr (detail::TakesRegisters<Sink, Atom>) in_registers = count % Atom::n == 0 && sink.begins(first);
            [[maybe_unused]] bool is_copied = false;
            if constexpr (detail::widens_panels<Atom>) {
                is_copied = in_registers && rows >= detail::widening_rows<Atom>;
                if (is_copied) Atom::widen_panel(panel, layout.panel_cells(), panel_copy);
            }
            for (std::size_t group = 0, height = 0; group < groups; group += height) {
                height = detail::tile_height<Atom>(groups - group);
                const std::size_t row = group * Atom::m;
                const std::size_t end = row + height * Atom::m < rows ? row + height * Atom::m : rows;
                const bool is_whole = in_registers && end - row == tile_rows;
                if constexpr (detail::widens_panels<Atom>) {
                    if (is_copied && first + columns < layout.n)
                        detail::prefetch_part(panel + layout.panel_cells(), layout.panel_cells(), group, height,
                                              groups);
                }
                alignas(64) Accumulator buffer[tile_rows * columns];
                const TileSums<Accumulator> tile_sums{
                    buffer, columns, block + row, end - row, first, count, NeedsRowSums ? row_sums + row : nullptr};
                detail::at_width<Atom, StaticN>(count, [&]<std::size_t Width>() {
                    constexpr bool may_be_full = StaticN == dyn || Width == Atom::tile_n || StaticN % Atom::n == 0;
                    if constexpr (detail::TakesRegisters<Sink, Atom> && may_be_full) {
                        const auto take = [&](const auto& sums)
                                              __attribute__((always_inline)) { sink(tile_sums, sums); };
                        if constexpr (detail::widens_panels<Atom>) {
                            using Widened = typename Atom::Widened;
                            if (is_whole && is_copied) {
                                return tile<Widened, Atom::tile_m, Width>(TileRows<Widened>{row_pointers, tails}, terms,
                                                                          row, panel_copy, depth, take);
                            }
                        }
                        if (is_whole) return tile<Atom, Atom::tile_m, Width>(tile_x, terms, row, panel, depth, take);
                    }
                    detail::tile_of<Atom, Width>(height, tile_x, terms, row, panel, depth, buffer);
                });
                if (!is_whole) sink(tile_sums);
            }
        }
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
