// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The loops around the tile. One driver for every atom, shape and epilogue:
///
///     for each block of rows (their sums, and widened copies where the atom does not read them in place)
///         for each panel of weights                      stays in L1/L2 while the block's rows pass
///             for each tile of rows in the block
///                 tile -> a buffer of accumulators on the stack -> sink

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

/// Rows per block: enough to amortise a panel's trip from L2, few enough that their sums and copies stay small.
template <class Atom> inline constexpr std::size_t block_rows = arch::tile_rows<Atom> * (Atom::in_place ? 16 : 4);

/// Real atoms have no offset.
template <class Atom> constexpr std::int32_t weight_offset() {
    if constexpr (std::is_floating_point_v<typename Atom::accumulator>) {
        return 0;
    } else {
        return Atom::w_offset;
    }
}

template <class Atom> constexpr std::size_t widened_cells(std::size_t m, std::size_t k) {
    return checked_product(m < block_rows<Atom> ? m : block_rows<Atom>, round_up(k, Atom::k));
}

}  // namespace detail

namespace detail {

/// The tile for `rows` rows and the `count` outputs that a panel holds.
template <class Atom, std::size_t StaticN>
inline void tile_of_width(std::size_t rows, std::size_t count, TileRows<Atom> x, const typename Atom::packed* panel,
                          std::size_t depth, TileStart<typename Atom::accumulator> start,
                          typename Atom::accumulator* to) {
    constexpr std::size_t columns = arch::panel_columns<Atom>;
    constexpr std::size_t rest = (StaticN % columns + Atom::n - 1) / Atom::n;  // atoms in the last panel
    if constexpr (StaticN == dyn) {
        tile_of<Atom, false>(rows, (count + Atom::n - 1) / Atom::n, x, panel, depth, start, to);
    } else if constexpr (StaticN != 0 && StaticN < columns) {
        tile_of<Atom, true, Atom::tile_m, rest>(rows, rest, x, panel, depth, start, to);
    } else if constexpr (StaticN != 0) {  // no outputs, no tiles
        if constexpr (rest != 0) {
            if (count < columns) return tile_of<Atom, true, Atom::tile_m, rest>(rows, rest, x, panel, depth, start, to);
        }
        tile_of<Atom, true>(rows, Atom::tile_n, x, panel, depth, start, to);
    }
}

}  // namespace detail

/// Scratch bytes that gemm needs for m rows of depth k: none where activations are read in place.
template <class Atom> constexpr std::size_t gemm_workspace_bytes(std::size_t m, std::size_t k) {
    if constexpr (Atom::in_place) {
        return 0;
    } else {
        return checked_product(detail::widened_cells<Atom>(m, k), sizeof(typename Atom::a_cell));
    }
}

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
/// number of outputs: then only the tile widths it needs are compiled.
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
    alignas(64) Accumulator column_terms[columns];
    std::int32_t factor = -w_offset;
    if constexpr (Start::needs_row_sums) factor = lane::wrapping_add(factor, start.row_factor());
    if constexpr (!has_row_terms) {
        for (Accumulator& term : row_terms) term = Accumulator{};
    }
    if constexpr (Start::is_zero) {
        for (Accumulator& term : column_terms) term = Accumulator{};
    }
    const ACell* row_pointers[block_rows + tile_rows];
    ACell tails[(block_rows + tile_rows) * Atom::k];
    const TileRows<Atom> tile_x{row_pointers, tails};
    const std::size_t tail = x.k % Atom::k;
    const std::size_t padded_k = layout.padded_k();
    const std::size_t depth = Atom::in_place ? x.k : padded_k;  // widened rows are padded already

    for (std::size_t block = 0; block < x.m; block += block_rows) {
        const std::size_t rows = x.m - block < block_rows ? x.m - block : block_rows;
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

        // Tiles of nearly equal height: 49 rows are 4 x 6 + 5 x 5, never 8 x 6 + 1.
        const std::size_t groups = (rows + Atom::m - 1) / Atom::m;
        const std::size_t tiles = (groups + Atom::tile_m - 1) / Atom::tile_m;
        for (std::size_t first = 0; first < layout.n; first += columns) {
            const typename Atom::packed* panel = panels + first / columns * layout.panel_cells();
            const std::size_t count = layout.n - first < columns ? layout.n - first : columns;
            if constexpr (!Start::is_zero) start.columns(first, count, column_terms);
            std::size_t group = 0;
            for (std::size_t t = 0; t < tiles; ++t) {
                const std::size_t height = groups / tiles + (t < groups % tiles ? 1 : 0);
                const std::size_t row = group * Atom::m;
                alignas(64) Accumulator buffer[tile_rows * columns];
                detail::tile_of_width<Atom, StaticN>(height, count, tile_x.from(row), panel, depth,
                                                     {column_terms, row_terms + row}, buffer);
                group += height;
                const std::size_t end = group * Atom::m < rows ? group * Atom::m : rows;
                sink(TileSums<Accumulator>{buffer, columns, block + row, end - row, first, count,
                                           NeedsRowSums ? row_sums + row : nullptr});
            }
        }
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
