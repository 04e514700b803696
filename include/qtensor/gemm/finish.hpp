// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The second half of a product: a tile's sums go through the stages and become cells of y. Whole tiles come in
/// registers, as they were summed; the others through memory (TileSums in gemm.hpp).

#include <concepts>
#include <utility>

#include "correction.hpp"
#include "epilogue.hpp"
#include "gemm.hpp"
#include "store.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// C is the register of lanes V; one value has none. (A concept of its own: clang 14 looks at what does not depend on C
/// as soon as the class is there.)
template <class C, class V>
concept is_register_of = requires(V values) {
    { lane::to_register(values) } -> std::same_as<C>;
};
}  // namespace detail

/// The sink of a product y [m][n] that begins with row `first_row` of the result: outputs from `first` on, of panels
/// from the one at `panel_column` on. `Bound`: the epilogue. `FromPanel`: `first` is the first column of a panel.
template <class Packed, class Bound, class YCell, bool FromPanel> class Finish {
    using Atom = typename Packed::Atom;
    using Sum = typename Packed::sum_type;
    using V = lanes<Sum, typename Packed::arch_type>;
    static constexpr std::size_t width = lane::width<V>;
    static constexpr std::size_t panel = arch::panel_columns<Atom>;
    static_assert(panel % width == 0);

public:
    static constexpr bool needs_row_sums = ColumnZeros<V, Packed>::needs_row_sums;

    Finish(const Packed& weights, const Bound& epilogue, YCell* y, std::ptrdiff_t y_stride, std::size_t first_row,
           std::size_t panel_column, std::size_t first)
        : weights_(&weights), epilogue_(&epilogue), y_(y), y_stride_(y_stride), first_row_(first_row),
          panel_column_(panel_column), first_(first) {}

    /// Registers begin at a multiple of their width, so columns before that are finished one by one.
    QTENSOR_FORCE_INLINE void operator()(TileSums<Sum> tile) const {
        const auto finish = [&]<class Value, std::size_t Registers>(std::size_t c,
                                                                    std::size_t count) __attribute__((always_inline)) {
            rows<Value, Registers>(tile, c, count, [&](std::size_t r, std::size_t j) __attribute__((always_inline)) {
                return lane::load<Value>(tile.sums + r * tile.stride + c + j * width, lane::width<Value>);
            });
        };
        std::size_t c = 0;
        if constexpr (!FromPanel) {
            if (!begins(tile.column)) c = first_ - panel_column_ - tile.column;
            for (; c % width != 0 && c < tile.columns; ++c) finish.template operator()<Sum, 1>(c, 1);
        }
        if (c == 0 && tile.columns == panel) return finish.template operator()<V, panel / width>(0, width);
        for (; c + width <= tile.columns; c += width)
            finish.template operator()<V, 1>(c, width);  // a constant: no masks
        if (c < tile.columns) finish.template operator()<V, 1>(c, tile.columns - c);
    }

    /// All columns of the tile at `column` are wanted.
    bool begins(std::size_t column) const { return FromPanel || panel_column_ + column >= first_; }

    /// The same in registers, for a tile that begins().
    template <class C, std::size_t Rows, std::size_t Columns>
        requires(Atom::m == 1 && Atom::n == width && detail::is_register_of<C, V>)
    QTENSOR_FORCE_INLINE void operator()(const TileSums<Sum>& tile, const C (&sums)[Rows][Columns]) const {
        V values[Rows][Columns];
        QTENSOR_UNROLL
        for (std::size_t r = 0; r < Rows; ++r) {
            QTENSOR_UNROLL
            for (std::size_t j = 0; j < Columns; ++j) values[r][j] = lane::detached(lane::from_register<V>(sums[r][j]));
        }
        rows<V, Columns, Rows>(
            tile, 0, width, [&](std::size_t r, std::size_t j) __attribute__((always_inline)) { return values[r][j]; });
    }

private:
    /// `Registers` registers of `count` columns each, from the tile's c-th on: what depends on the column alone is read
    /// once for all rows. `Unrolled`: the number of rows, where `sum(r, j)` is in registers.
    template <class Value, std::size_t Registers, std::size_t Unrolled = 0, class Sums>
    QTENSOR_FORCE_INLINE void rows(const TileSums<Sum>& tile, std::size_t c, std::size_t count, const Sums& sum) const {
        [&]<std::size_t... J>(std::index_sequence<J...>) __attribute__((always_inline)) {
            using Zeros = ColumnZeros<Value, Packed>;
            const std::size_t column = panel_column_ + tile.column + c;
            Cell cells[Registers] = {{first_row_ + tile.row, column + J * lane::width<Value>, count}...};
            const Zeros zeros[] = {{*weights_, cells[J]}...};
            const auto& epilogue = epilogue_->behind_addend();  // sums started with a bias
            using Stages = decltype(epilogue.template for_columns<Value>(cells[0]));
            const Stages stages[] = {epilogue.template for_columns<Value>(cells[J])...};
            const auto value = [&](std::size_t j, Value v) __attribute__((always_inline)) {
                if constexpr (Registers > 1 && detail::ends_unplaced<Stages>) {
                    return stages[j].unplaced(v, cells[j]);
                } else {
                    return stages[j](v, cells[j]);
                }
            };
            const std::ptrdiff_t stride = y_stride_;  // here, or it is read again behind each row: cells may alias
            YCell* to = y_ + static_cast<std::ptrdiff_t>(tile.row) * stride + static_cast<std::ptrdiff_t>(column);
            const auto row = [&](std::size_t r) __attribute__((always_inline)) {
                const std::int32_t* const row_sum = needs_row_sums ? tile.row_sums + r : nullptr;
                const decltype(value(0, Value{})) results[] = {value(J, zeros[J](sum(r, J), row_sum))...};
                if constexpr (Registers > 1 && detail::ends_unplaced<Stages>) {
                    store_codes<typename Bound::element>(to, results);
                } else if constexpr (Registers > 1) {
                    store_registers<typename Bound::element>(to, results);
                } else {
                    store_cells<typename Bound::element>(to, results[0], count);
                }
                (++cells[J].row, ...);
                to += stride;
            };
            if constexpr (Unrolled > 0) {
                QTENSOR_UNROLL
                for (std::size_t r = 0; r < Unrolled; ++r) row(r);
            } else {
                QTENSOR_NO_UNROLL
                for (std::size_t r = 0; r < tile.rows; ++r) row(r);
            }
        }(std::make_index_sequence<Registers>{});
    }

    const Packed* weights_;
    const Bound* epilogue_;
    YCell* y_;
    std::ptrdiff_t y_stride_;
    std::size_t first_row_;
    std::size_t panel_column_;
    std::size_t first_;
};

}  // namespace qtensor::inline QTENSOR_ABI
