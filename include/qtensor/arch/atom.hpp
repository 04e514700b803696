// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The atom: one dot-product instruction as a struct with a shape (the idea is CuTe's MMA atom). `Atom<Arch, X, W>`
/// takes activations of type X and weights of type W (the arithmetic types: std::int8_t, std::uint8_t, float) and has
///
///     m, n, k                      rows x columns x depth of one instruction
///     tile_m, tile_n               how often a tile repeats it; the accumulators must fit the registers
///     accumulator                  std::int32_t or float
///     a_cell                       what load_a reads: X itself when `in_place`, else what widen_row made of it
///     packed, w_offset             what a panel holds: packed = w + w_offset (a quirk of u8 x s8 instructions; the
///                                  driver lets accumulators start with -w_offset * row_sum(x))
///     codes_per_cell               2 where two weights share a packed cell (nibbles.hpp); 1 need not be said
///     A, B, C                      register types
///     load_a(rows, at)             k activations of m rows from depth `at` on; rows is an array of m pointers
///     load_b(panel)                n x k weights, laid out [n][k]
///     kept(b)                      b in a register, where compilers would rather load it anew for each row of a tile
///     mma(c, a, b)                 c + a * b^T, exact modulo 2^32 for every value
///     zero(), add(c, c)            accumulators
///     start(columns, rows)         accumulators columns[j] + rows[i], modulo 2^32 (integers alone)
///     store(to, row_stride, c)     m x n accumulators
///     Widened, widen_panel(panel, cells, to)
///                                  optional: the same atom for weights that were widened before, and how they are
///     widen_sums(c)                c as int32, where mma sums in less (Int16Sums of maddubs.hpp)
///     row_sum(x, depth)            sum of a row of activations
///     four_row_sums(x, depth, to)  of four rows, where that is faster (x is an array of four pointers)
///     widen_row(x, depth, to)      unless in_place: a row of a_cell, zero-padded to a multiple of k
///
/// Contract: int32 results equal gemm/reference.hpp bit for bit for all shapes and all values.

#include <concepts>
#include <cstddef>
#include <cstdint>

#include "tags.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

template <class Arch, class X, class W> struct Atom;

template <class A>
concept DotProductAtom = requires(const typename A::a_cell* const* rows, const typename A::packed* panel,
                                  typename A::C c, typename A::accumulator* to) {
    { A::load_a(rows, std::size_t{}) } -> std::same_as<typename A::A>;
    { A::load_b(panel) } -> std::same_as<typename A::B>;
    { A::mma(c, A::load_a(rows, std::size_t{}), A::load_b(panel)) } -> std::same_as<typename A::C>;
    A::store(to, std::size_t{}, c);
};

/// Arch has an instruction for these operands.
template <class Arch, class X, class W>
concept HasAtom = DotProductAtom<Atom<Arch, X, W>>;

/// The repetition of an atom in registers and the panel that follows from it.
template <DotProductAtom A> inline constexpr std::size_t tile_rows = A::m * A::tile_m;
template <DotProductAtom A> inline constexpr std::size_t panel_columns = A::n * A::tile_n;

/// Weights in a packed cell, and the cells that load_b reads.
template <class A> inline constexpr std::size_t codes_per_cell = 1;
template <class A>
    requires(A::codes_per_cell > 1)
inline constexpr std::size_t codes_per_cell<A> = A::codes_per_cell;
template <DotProductAtom A> inline constexpr std::size_t packed_cells = A::n * A::k / codes_per_cell<A>;

}  // namespace qtensor::inline QTENSOR_ABI::arch
