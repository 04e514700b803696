// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Products whose weights have a scale per group of the depth, and products of activations with a scale per row or per
/// group: there is no single accumulator, so each group is dequantized and the partial sums are added in ascending
/// order of the groups, in float:
///
///     acc(g)  = sum over the k of group g of (x - z_x) (w - z_w)           exact, int32; in float for float x
///     y(i, j) = stages( sum over g, ascending, of f32( f32(acc(g)) * f32(s_x(i, g) * s_w(j, g)) ) )
///
/// The bits are the same on every architecture for integer x. For float x they follow the instruction set's float
/// products. A scale per output and none per group is one group.

#include "epilogue.hpp"
#include "executor.hpp"
#include "gemm.hpp"
#include "grouped_weights.hpp"
#include "reference.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// Which scale of x belongs to row i and group g.
template <class S> constexpr std::size_t group_scale(std::size_t row, std::size_t group, std::size_t groups) {
    if constexpr (S::axis == per_tensor) {
        return 0;
    } else if constexpr (spans_leading_axes<S>) {
        return row * groups + group;
    } else {
        return row;
    }
}

/// The partial sum of one group joins those before it; behind the last one come the stages.
template <class V, class Stages>
QTENSOR_FORCE_INLINE constexpr V join(V term, const float* before, bool first, bool last, const Stages& stages,
                                      const Cell& cell) {
    V total = lane::rounded(term);
    if (!first) total = lane::load<V>(before, cell.count) + total;
    return last ? stages(total, cell) : total;
}

/// What stands behind the workspace of a grouped product where it is no executor.
template <class First = void, class...> constexpr bool must_be_stage_or_executor() {
    if constexpr (!std::is_void_v<First>) {
        static_assert(calls<First> || binds<First, Incoming<float, dyn, Unscaled>>,
                      "neither an executor nor an epilogue stage: behind the workspace stands an executor (Serial{}, a "
                      "ThreadPool, or your own of gemm/executor.hpp) or none, then stages that keep float");
    }
    return true;
}

template <class XT, class Weights> constexpr void check_grouped(const XT& x, const Weights& w) {
    using S = typename XT::scale_type;
    static_assert(std::same_as<std::remove_const_t<typename XT::element_type>, typename Weights::x_element>,
                  "these weights were packed for another activation type: pack<Arch, X>(w) with the X of this tensor");
    static_assert(
        XT::storage_type::contiguous && element<typename XT::element_type>::per_cell == 1 &&
            (S::axis == per_tensor || (S::axis == 0 && XT::rank == 2) || (spans_leading_axes<S> && XT::rank == 3)),
        "activations of a grouped product are contiguous codes of whole bytes, [m][k] with one scale or one "
        "per row, or [m][groups][depth] with one per group");
    const std::size_t m = x.extent(0);
    if constexpr (XT::rank == 3) {
        QTENSOR_REQUIRE(x.extent(1) == w.groups(), "x has another number of groups than the weights", x.extent(1),
                        w.groups());
        QTENSOR_REQUIRE(x.extent(2) == w.depth(), "x has groups of another depth than the weights", x.extent(2),
                        w.depth());
    } else {
        QTENSOR_REQUIRE(x.extent(1) == checked_product(w.groups(), w.depth()), "x has another depth than the weights",
                        x.extent(1), w.groups() * w.depth());
    }
    const std::size_t channels = S::axis == per_tensor ? 1 : spans_leading_axes<S> ? m * w.groups() : m;
    if constexpr (!Weights::is_real) {
        require_usable(x.scale(), channels);
        using Code = element<value_of<typename XT::element_type>>;
        for (std::size_t c = 0; c < channels; ++c) {
            require_environment(x.scale().scale(c));
            const std::int64_t zero = zero_point_of(x.scale(), c);
            const std::int64_t reach =
                zero - Code::lowest > Code::highest - zero ? zero - Code::lowest : Code::highest - zero;
            const std::uint64_t bound = bound_product(static_cast<std::uint64_t>(reach), w.magnitude());
            QTENSOR_REQUIRE(holds_bound<std::int32_t>(bound),
                            "the sums of a group could overflow int32: use smaller groups", bound, INT32_MAX);
        }
    }
}

}  // namespace detail

/// Scratch bytes of multiply_groups for m rows, with `workers` parts at the same time.
template <class Weights>
constexpr std::size_t grouped_workspace_bytes(std::size_t m, const Weights& w, std::size_t workers = 1) {
    if constexpr (std::same_as<typename Weights::arch_type, arch::scalar>) {
        return 0;
    } else {
        const std::size_t bytes = gemm_workspace_bytes<typename Weights::Atom>(m, w.depth());
        return workers == 1 ? bytes : checked_product(round_up(bytes, 64), workers);
    }
}

/// y [m][n] = x * w^T through float stages (AddBias of real numbers, Relu, Clamp, your own). y is contiguous; x is
/// [m][k] with one scale or one per row, or [m][groups][depth] with one per group. The executor divides the result
/// among its workers (executor.hpp); then the workspace is that of grouped_workspace_bytes(m, w, executor.workers()).
template <AnyTensor XT, class Weights, AnyTensor YT, class E, class... Stages>
    requires detail::is_executor<E>
constexpr void multiply_groups(const XT& x, const Weights& w, YT&& y, [[maybe_unused]] std::span<std::byte> workspace,
                               [[maybe_unused]] const E& executor, const Stages&... stages) {
    using Y = std::remove_cvref_t<YT>;
    using S = typename XT::scale_type;
    using Arch = typename Weights::arch_type;
    using X = value_of<std::remove_const_t<typename XT::element_type>>;
    detail::check_grouped(x, w);
    const std::size_t m = x.extent(0);
    QTENSOR_REQUIRE(y.extent(0) == m, "x and y have different numbers of rows", y.extent(0), m);
    QTENSOR_REQUIRE(y.extent(1) == w.n(), "y has another width than the weights have outputs", y.extent(1), w.n());
    detail::require_nearest();
    const auto bound = bind_stages(Incoming<float, dyn, Unscaled>{{}, w.n(), nullptr}, stages...);
    static_assert(std::same_as<typename Y::element_type, float> && Y::rank == 2 && Y::storage_type::contiguous &&
                      std::same_as<typename decltype(bound)::element, float>,
                  "a grouped product makes real numbers: y is a contiguous float matrix [m][n], and its stages keep "
                  "float");
    float* const to = y.data();
    const auto x_index = [&](std::size_t i, std::size_t g) { return detail::group_scale<S>(i, g, w.groups()); };
    const std::size_t k = w.groups() * w.depth();
    if (w.groups() == 0) {
        for (std::size_t at = 0; at < m * w.n(); ++at) to[at] = bound(0.0f, Cell{at / w.n(), at % w.n(), 1});
        return;
    }
    if constexpr (std::same_as<Arch, arch::scalar>) {
        using Sum = std::conditional_t<Weights::is_real, float, std::int32_t>;
        for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t j = 0; j < w.n(); ++j) {
                for (std::size_t g = 0; g < w.groups(); ++g) {
                    const X* from = x.data() + i * k + g * w.depth();
                    const std::size_t c = x_index(i, g);
                    const Sum sum = [&] {
                        const auto x_at = [&](std::size_t at) { return from[at]; };
                        if constexpr (Weights::is_real) {
                            return reference_dot<Sum>(
                                w.depth(), x_at, [&](std::size_t at) { return w.weight(j, g, at) - w.zero(j, g); }, 0,
                                0);
                        } else {
                            return reference_dot<Sum>(
                                w.depth(), x_at, [&](std::size_t at) { return w.weight(j, g, at); },
                                zero_point_of(x.scale(), c), w.zero(j, g));
                        }
                    }();
                    const float scale = lane::rounded(x.scale().scale(c) * w.scale(j, g));
                    float& total = to[i * w.n() + j];
                    total = detail::join(static_cast<float>(sum) * scale, &total, g == 0, g + 1 == w.groups(), bound,
                                         Cell{i, j, 1});
                }
            }
        }
    } else {
        using Atom = typename Weights::Atom;
        using Sum = typename Atom::accumulator;
        using V = lanes<Sum, Arch>;
        using F = lane::floats<lanes<std::int32_t, Arch>>;
        using I = lane::ints<F>;
        constexpr std::size_t width = lane::width<F>;
        const std::size_t workers = detail::workers_of(executor);
        QTENSOR_REQUIRE(workspace.size() >= grouped_workspace_bytes(m, w, workers),
                        "the workspace is smaller than workspace_bytes(m, k, workers)", workspace.size(),
                        grouped_workspace_bytes(m, w, workers));
        QTENSOR_REQUIRE(reinterpret_cast<std::uintptr_t>(workspace.data()) % alignof(std::int32_t) == 0,
                        "the workspace is aligned to 4 bytes",
                        reinterpret_cast<std::uintptr_t>(workspace.data()) % alignof(std::int32_t), 0);
        constexpr std::size_t panel = arch::panel_columns<Atom>;
        const ProductParts parts(m, w.n(), k, arch::tile_rows<Atom>, panel, workers);
        const std::size_t bytes = parts.parts() == 1 ? 0 : round_up(grouped_workspace_bytes(m, w), 64);
        executor(parts.parts(), [&](std::size_t part) {
            const Interval rows = parts.rows(part), columns = parts.columns(part);
            const X* const from = x.data() + rows.first * k;
            std::byte* const scratch = workspace.data() + part * bytes;
            auto layout = w.layout();
            layout.n = columns.size();
            for (std::size_t g = 0; g < w.groups(); ++g) {
                gemm<Atom, Weights::has_zeros>(
                    Rows<X>{from + g * w.depth(), static_cast<std::ptrdiff_t>(k), rows.size(), w.depth()}, layout,
                    w.panels(g) + columns.first / panel * layout.panel_cells(), scratch,
                    [&](const TileSums<Sum>& tile) {
                        for (std::size_t at = 0; at < tile.columns; at += width) {
                            Cell cell{rows.first + tile.row, columns.first + tile.column + at,
                                      tile.columns - at < width ? tile.columns - at : width};
                            const F scales = lane::as_float(lane::load<I>(w.scale_bits(g) + cell.column, width));
                            [[maybe_unused]] const I column_sums = lane::load<I>(w.sums(g) + cell.column, width);
                            [[maybe_unused]] I zeros = lane::broadcast<I>(0);
                            if constexpr (Weights::has_zeros) zeros = lane::load<I>(w.zeros(g) + cell.column, width);
                            for (std::size_t r = 0; r < tile.rows; ++r, ++cell.row) {
                                V sum = lane::load<V>(tile.sums + r * tile.stride + at, width);
                                const std::size_t c = x_index(cell.row, g);
                                F real;
                                if constexpr (Weights::is_real) {
                                    real = sum;
                                } else {
                                    if constexpr (Weights::has_zeros)
                                        sum = sum - zeros * lane::broadcast<I>(tile.row_sums[r]);
                                    if constexpr (has_zero_point<S>)
                                        sum = sum - lane::broadcast<I>(zero_point_of(x.scale(), c)) * column_sums;
                                    real = lane::to_float(sum);
                                }
                                const F scale = lane::rounded(lane::broadcast<F>(x.scale().scale(c)) * scales);
                                float* const cells = to + cell.row * w.n() + cell.column;
                                lane::store(cells,
                                            detail::join(real * scale, cells, g == 0, g + 1 == w.groups(), bound, cell),
                                            cell.count);
                            }
                        }
                    });
            }
        });
    }
}

/// The same in the thread that calls.
template <AnyTensor XT, class Weights, AnyTensor YT, class... Stages>
constexpr void multiply_groups(const XT& x, const Weights& w, YT&& y, std::span<std::byte> workspace,
                               const Stages&... stages) {
    static_assert(detail::must_be_stage_or_executor<Stages...>());
    multiply_groups(x, w, y, workspace, Serial{}, stages...);
}

}  // namespace qtensor::inline QTENSOR_ABI
