// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The laws of an atom (arch/atom.hpp): its helpers one by one, then the whole driver on it, against the definition of
/// the product. Integers are compared for equality; sums of floats within depth * 2^-23 of the sum of magnitudes.
/// What an atom reads beyond its operands is not seen here; run the test under a sanitizer.

#include <type_traits>
#include <vector>

#include "../gemm/gemm.hpp"
#include "../gemm/reference.hpp"
#include "../heap/aligned_bytes.hpp"
#include "draws.hpp"
#include "verdict.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

template <class T> T draw_operand(Draws& draws) {
    if constexpr (std::is_floating_point_v<T>) {
        return static_cast<T>(draws.real());
    } else {
        return draws.code<T>();
    }
}

/// row_sum and widen_row, at every remainder.
template <class A, class X> Verdict check_rows(Draws& draws) {
    for (std::size_t depth = 0; depth < 3 * A::k + 70; ++depth) {
        std::vector<X> row(depth + 1);
        std::int32_t sum = 0;
        for (std::size_t i = 0; i < depth; ++i) {
            row[i] = draw_operand<X>(draws);
            if constexpr (!std::is_floating_point_v<X>) sum = lane::wrapping_add(sum, row[i]);
        }
        if constexpr (!std::is_floating_point_v<X>) {
            if (A::row_sum(row.data(), depth) != sum)
                return {"row_sum is the sum of a row (depth)", static_cast<double>(depth)};
        }
        if constexpr (!A::in_place) {
            std::vector<typename A::a_cell> wide(round_up(depth, A::k) + 1, typename A::a_cell{77});
            A::widen_row(row.data(), depth, wide.data());
            for (std::size_t i = 0; i < wide.size(); ++i) {
                const auto want = static_cast<typename A::a_cell>(i + 1 == wide.size() ? 77 : i < depth ? row[i] : 0);
                if (wide[i] != want)
                    return {"widen_row copies a row and pads it with zeros to a multiple of k (depth)",
                            static_cast<double>(depth)};
            }
        }
    }
    return {};
}

/// The driver on A, sum_k x w, for one shape.
template <class A, class X, class W> Verdict check_product(Draws& draws, std::size_t m, std::size_t n, std::size_t k) {
    using Packed = typename A::packed;
    std::vector<X> x(m * k + 1);
    std::vector<W> w(n * k + 1);
    for (X& value : x) value = draw_operand<X>(draws);
    for (W& value : w) value = draw_operand<W>(draws);
    const PanelLayout<A> layout{n, k};
    const AlignedBytes memory(layout.cells() * sizeof(Packed) + 64);
    auto* panels = reinterpret_cast<Packed*>(memory.span().data());
    for (std::size_t i = 0; i < layout.cells(); ++i) panels[i] = Packed{};
    for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t kk = 0; kk < k; ++kk) {
            if constexpr (std::is_floating_point_v<W>) {
                panels[layout.index(j, kk)] = w[j * k + kk];
            } else {
                panels[layout.index(j, kk)] = static_cast<Packed>(w[j * k + kk] + A::w_offset);
            }
        }
    }
    const AlignedBytes workspace(gemm_workspace_bytes<A>(m, k) + 64);
    std::size_t cells = 0;
    Verdict verdict{};
    constexpr bool is_real = std::is_floating_point_v<typename A::accumulator>;
    gemm<A, !is_real>(
        Rows<X>{x.data(), static_cast<std::ptrdiff_t>(k), m, k}, layout, panels, workspace.span().data(),
        [&](const auto& tile) {
            for (std::size_t r = 0; r < tile.rows; ++r) {
                for (std::size_t c = 0; c < tile.columns; ++c, ++cells) {
                    const auto got = tile.sums[r * tile.stride + c];
                    const X* row = x.data() + (tile.row + r) * k;
                    const W* column = w.data() + (tile.column + c) * k;
                    if constexpr (is_real) {
                        double exact = 0.0;
                        double size = 0.0;
                        for (std::size_t kk = 0; kk < k; ++kk) {
                            const double term = static_cast<double>(row[kk]) * static_cast<double>(column[kk]);
                            exact += term;
                            size += term < 0 ? -term : term;
                        }
                        const double apart = static_cast<double>(got) - exact;
                        const double bound = static_cast<double>(k) * 0x1p-23 * size;
                        if (!(apart <= bound && -apart <= bound))
                            verdict = {"sums of floats are close to the product (depth)", static_cast<double>(k)};
                    } else {
                        const auto want = reference_dot<std::int32_t>(
                            k, [&](std::size_t i) { return row[i]; }, [&](std::size_t i) { return column[i]; }, 0, 0);
                        if (got != want)
                            verdict = {"the loops over an atom give the product, bit for bit (depth)",
                                       static_cast<double>(k)};
                    }
                }
            }
        });
    if (cells != m * n) return {"every cell of the result is made once (cells)", static_cast<double>(cells)};
    return verdict;
}

}  // namespace detail

/// The laws of atom A for activations X and weights W, whatever their values: `check_atom<Atom<Arch, X, W>, X, W>()`.
template <class A, class X, class W> Verdict check_atom() {
    static_assert(arch::DotProductAtom<A>, "not an atom: arch/atom.hpp lists what it has");
    Draws draws(11);
    if (const Verdict rows = detail::check_rows<A, X>(draws); !rows) return rows;
    const std::size_t rows = arch::tile_rows<A>;
    const std::size_t columns = arch::panel_columns<A>;
    for (const std::size_t m : {std::size_t{1}, std::size_t{2}, rows, rows + 1, 5 * rows + 3}) {
        for (const std::size_t n : {std::size_t{1}, columns - 1, columns, columns + 1, 2 * columns + A::n}) {
            for (const std::size_t k :
                 {std::size_t{0}, std::size_t{1}, A::k - 1, A::k, A::k + 1, 9 * A::k + A::k / 2, std::size_t{257}}) {
                if (const Verdict verdict = detail::check_product<A, X, W>(draws, m, n, k); !verdict) return verdict;
            }
        }
    }
    return {};
}

}  // namespace qtensor::inline QTENSOR_ABI
