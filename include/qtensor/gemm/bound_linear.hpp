// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A product bound to its scales and stages (bound_sums.hpp), and the loops that run it. It holds no pointer, so it may
/// be copied and kept in flash; `run` is given the weights it was bound for.

#include <span>

#include "bound_sums.hpp"
#include "correction.hpp"
#include "executor.hpp"
#include "finish.hpp"
#include "gemm.hpp"
#include "reference.hpp"
#include "store.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// The atom that multiplies: with accumulators of int16 where that is what was proven and the operands' ranges allow it
/// (arch/maddubs.hpp). A z_w per column is subtracted behind the tile, from sums that are more than a remainder modulo
/// 2^16: then they are int32.
template <class Packed, class Acc> struct summing_atom {
    using type = typename Packed::Atom;
};
template <class Packed>
    requires(arch::HasInt16Sums<typename Packed::Atom> && !ColumnZeros<std::int32_t, Packed>::needs_row_sums)
struct summing_atom<Packed, std::int16_t> {
    using type = arch::Int16Sums<typename Packed::Atom>;
};

}  // namespace detail

/// `Acc` is void (chosen by proof), or the accumulator the caller insists on: std::int16_t, std::int32_t, std::int64_t.
template <class Packed, class XScale, class Acc, class... Stages>
class BoundLinear : public BoundSums<Packed, XScale, Acc, Stages...> {
    using Base = BoundSums<Packed, XScale, Acc, Stages...>;
    using X = typename Packed::x_element;
    static constexpr bool is_real = std::same_as<X, float>;
    static constexpr bool is_scalar = std::same_as<typename Packed::arch_type, arch::scalar>;
    static_assert(is_scalar || is_real || sizeof(typename Base::Sum) == 4,
                  "the product is deeper than an int32 accumulator is proven for: use arch::scalar (int64), narrower "
                  "ranges, or split the depth");

public:
    using Base::Base;
    using Base::input_scale;
    using Base::output_scale;
    using typename Base::element_type;
    using typename Base::scale_type;
    using typename Base::Sum;

    /// Scratch bytes for m rows, with `workers` parts at the same time.
    static constexpr std::size_t workspace_bytes(std::size_t m, std::size_t k, std::size_t workers = 1) {
        if constexpr (is_scalar) {
            return 0;
        } else {
            const std::size_t bytes = gemm_workspace_bytes<typename Packed::Atom>(m, k);
            return workers == 1 ? bytes : checked_product(round_up(bytes, 64), workers);
        }
    }

    /// y [m][n] = epilogue(x [m][k] * w^T). Rows may be strided, elements of a row not. Nothing is written unless every
    /// precondition holds: extents agree, scales agree, the workspace is large enough. An executor divides the result
    /// among its workers (executor.hpp); then the workspace is that of workspace_bytes(m, k, executor.workers()).
    template <class XT, class YT, class E = Serial>
    constexpr void run(const Packed& weights, const XT& x, YT&& y, std::span<std::byte> workspace = {},
                       const E& executor = {}) const {
        using Y = std::remove_cvref_t<YT>;
        static_assert(detail::must_be_tensor<XT>() && detail::must_be_tensor<Y>());
        static_assert(detail::must_be_executor<E>());
        static_assert(!std::is_const_v<std::remove_pointer_t<decltype(y.data())>>,
                      "y is read-only and a product writes to it: make its element type, or the tensor, non-const");
        static_assert(XT::rank == 2 && Y::rank == 2,
                      "a product takes matrices: x [m][k] and y [m][n]; view vectors as Shape<1, k>");
        static_assert(
            std::same_as<std::remove_const_t<typename XT::element_type>, X>,
            "these weights were packed for another activation type: pack<Arch, X>(w) with the X of this tensor");
        static_assert(std::same_as<typename Y::element_type, element_type>,
                      "the result has another element type than the last stage makes: end with Requantize<T> or "
                      "Dequantize<T> for the type you store");
        static_assert(detail::must_be_compatible_scales<typename XT::scale_type, XScale>());
        static_assert(detail::must_be_compatible_scales<typename Y::scale_type, scale_type>());
        static_assert(extents_agree(XT::shape_type::static_extent(1), Packed::static_k),
                      "x has another depth than the weights: both are [..][k]");
        static_assert(extents_agree(Y::shape_type::static_extent(1), Packed::static_n),
                      "y has another width than the weights have outputs");
        static_assert(extents_agree(XT::shape_type::static_extent(0), Y::shape_type::static_extent(0)),
                      "x and y have different numbers of rows");
        const std::size_t m = x.extent(0);
        const auto x_strides = x.strides();
        const auto y_strides = y.strides();
        QTENSOR_REQUIRE(weights.n() == this->n(), "these are not the weights that this product was bound for",
                        weights.n(), this->n());
        QTENSOR_REQUIRE(x.extent(1) == weights.k(), "x has another depth than the weights", x.extent(1), weights.k());
        QTENSOR_REQUIRE(y.extent(1) == weights.n(), "y has another width than the weights have outputs", y.extent(1),
                        weights.n());
        QTENSOR_REQUIRE(y.extent(0) == m, "x and y have different numbers of rows", y.extent(0), m);
        QTENSOR_REQUIRE(same_meaning(x.scale(), input_scale(), 1),
                        "x has another scale or zero point than this product was bound for", 0, 0);
        QTENSOR_REQUIRE(same_meaning(y.scale(), output_scale(), Y::scale_type::axis == per_tensor ? 1 : this->n()),
                        "y has another scale or zero point than the epilogue makes", 0, 0);
        QTENSOR_REQUIRE(x_strides[1] == 1 || x.extent(1) <= 1,
                        "the elements of a row of x are contiguous: stride 1 along the last axis", x_strides[1], 1);
        QTENSOR_REQUIRE(y_strides[1] == 1 || y.extent(1) <= 1,
                        "the elements of a row of y are contiguous: stride 1 along the last axis", y_strides[1], 1);
        this->check_environment();
        this->check_range(x.data(), m, x.extent(1), x_strides[0]);
        if constexpr (!is_scalar) {
            const std::size_t bytes = workspace_bytes(m, weights.k(), detail::workers_of(executor));
            QTENSOR_REQUIRE(workspace.size() >= bytes, "the workspace is smaller than workspace_bytes(m, k, workers)",
                            workspace.size(), bytes);
            QTENSOR_REQUIRE(reinterpret_cast<std::uintptr_t>(workspace.data()) % alignof(std::int32_t) == 0,
                            "the workspace is aligned to 4 bytes",
                            reinterpret_cast<std::uintptr_t>(workspace.data()) % alignof(std::int32_t), 0);
        }
        const Rows<value_of<X>> rows{x.data(), x_strides[0], m, weights.k()};
        if constexpr (std::same_as<E, Serial>) {
            run_rows(weights, rows, y.data(), y_strides[0], workspace);
        } else {
            run_parts(weights, rows, y.data(), y_strides[0], workspace, executor);
        }
    }

    /// The same on plain rows and without a check: what convolutions and recurrent layers call, a few rows at a time.
    template <class YCell>
    constexpr void run_rows(const Packed& weights, const Rows<value_of<X>>& x, YCell* y, std::ptrdiff_t y_stride,
                            [[maybe_unused]] std::span<std::byte> workspace) const {
        if constexpr (is_scalar) {
            run_scalar(weights, x, y, y_stride, 0, weights.n());
        } else {
            run_tiles<Packed::static_n>(weights, x, y, y_stride, workspace.data(), 0, weights.n());
        }
    }

    /// Outputs [first, last) alone, as groups and executors need them. Output j is written to column j of y; the others
    /// are left as they are.
    template <class YCell>
    constexpr void run_outputs(const Packed& weights, const Rows<value_of<X>>& x, YCell* y, std::ptrdiff_t y_stride,
                               std::span<std::byte> workspace, std::size_t first, std::size_t last) const {
        if (first == 0 && last == weights.n()) return run_rows(weights, x, y, y_stride, workspace);
        if constexpr (is_scalar) {
            run_scalar(weights, x, y, y_stride, first, last);
        } else {
            run_tiles<dyn>(weights, x, y, y_stride, workspace.data(), first, last);
        }
    }

private:
    /// Each part is a call of run_outputs with a workspace of its own.
    template <class YCell, class E>
    constexpr void run_parts(const Packed& weights, const Rows<value_of<X>>& x, YCell* y, std::ptrdiff_t y_stride,
                             std::span<std::byte> workspace, const E& executor) const {
        const ProductParts parts(x.m, weights.n(), x.k, rows_of_tile(), columns_of_tile(),
                                 detail::workers_of(executor));
        const std::size_t bytes = round_up(workspace_bytes(x.m, x.k), 64);
        executor(parts.parts(), [&](std::size_t part) {
            const Interval rows = parts.rows(part), columns = parts.columns(part);
            const auto from = static_cast<std::ptrdiff_t>(rows.first);
            run_outputs(
                weights, Rows<value_of<X>>{x.data + from * x.row_stride, x.row_stride, rows.size(), x.k, rows.first},
                y + from * y_stride, y_stride, parts.parts() == 1 ? workspace : workspace.subspan(part * bytes, bytes),
                columns.first, columns.last);
        });
    }
    static constexpr std::size_t rows_of_tile() {
        if constexpr (is_scalar) {
            return 1;
        } else {
            return arch::tile_rows<typename Packed::Atom>;
        }
    }
    static constexpr std::size_t columns_of_tile() {
        if constexpr (is_scalar) {
            return 64 / sizeof(cell_of<element_type>);  // a cache line
        } else {
            return arch::panel_columns<typename Packed::Atom>;
        }
    }

    template <class YCell>
    constexpr void run_scalar(const Packed& weights, const Rows<value_of<X>>& x, YCell* y, std::ptrdiff_t y_stride,
                              std::size_t first, std::size_t last) const {
        const std::int32_t zero = zero_point_of(input_scale(), 0);
        for (std::size_t i = 0; i < x.m; ++i) {
            const value_of<X>* row = x.data + static_cast<std::ptrdiff_t>(i) * x.row_stride;
            for (std::size_t j = first; j < last; ++j) {
                const Sum sum = reference_dot<Sum>(
                    weights.k(), [&](std::size_t k) { return row[k]; },
                    [&](std::size_t k) { return weights.weight(j, k); }, zero, zero_point_of(weights.scale(), j));
                store_cells<element_type>(y + static_cast<std::ptrdiff_t>(i) * y_stride +
                                              static_cast<std::ptrdiff_t>(j),
                                          this->epilogue()(sum, Cell{x.first + i, j, 1}), 1);
            }
        }
    }

    /// Panels are multiplied whole, from the one that holds `first` on; columns in front of it are left out.
    template <std::size_t StaticN, class YCell>
    void run_tiles(const Packed& weights, const Rows<value_of<X>>& x, YCell* y, std::ptrdiff_t y_stride,
                   void* workspace, std::size_t first, std::size_t last) const {
        using Atom = typename detail::summing_atom<Packed, typename Base::accumulator>::type;
        using Epilogue = std::remove_cvref_t<decltype(this->epilogue())>;
        using Sink = Finish<Packed, Epilogue, YCell, StaticN != dyn>;
        constexpr std::size_t columns = arch::panel_columns<Atom>;
        const std::size_t panel = first / columns;
        const PanelLayout<Atom> layout{last - panel * columns, weights.k()};
        gemm<Atom, Sink::needs_row_sums, StaticN>(
            x, layout, weights.panels() + panel * layout.panel_cells(), workspace,
            Sink(weights, this->epilogue(), y, y_stride, x.first, panel * columns, first),
            ZeroPointStart<Packed, XScale, Epilogue>(weights, input_scale(), this->epilogue(), panel * columns));
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
