// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A depthwise convolution bound to its window, scales and stages; images [batch][height][width][channels], filters
/// [rows][columns][channels * multiplier], shapes static or known when the program runs:
///
///     acc(n, y, x, j) = sum over taps of (image(channel j / multiplier) - z_x) (filter_j - z_w)
///
/// A direct kernel: a block of channels at a time, the rows of the image that an output row needs are laid side by side
/// (depthwise_weights.hpp), cells of padding among them, and every position is a few instructions on them. The scalar
/// architecture is the definition.

#include "../gemm/bound_sums.hpp"
#include "../gemm/executor.hpp"
#include "../gemm/store.hpp"
#include "depthwise_weights.hpp"
#include "image_checks.hpp"
#include "window_sum.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// `Packed`: a DepthwiseWeights. Holds no pointer to it: `run` is given the one it was bound for. `Acc` as in
/// BoundSums.
template <class Packed, class XScale, class Acc, class... Stages>
class BoundDepthwise2d : public BoundSums<Packed, XScale, Acc, Stages...> {
    using Base = BoundSums<Packed, XScale, Acc, Stages...>;
    using X = typename Packed::x_element;
    using Arch = typename Packed::arch_type;
    using Sum = typename Base::Sum;
    using Atom = typename Packed::Atom;
    static_assert(std::same_as<Arch, arch::scalar> || sizeof(Sum) == 4,
                  "the sums are deeper than an int32 accumulator is proven for: use arch::scalar (int64) or narrower "
                  "ranges");

public:
    using typename Base::element_type;
    using typename Base::scale_type;

    constexpr BoundDepthwise2d(const Packed& weights, const Window& window, std::size_t multiplier, XScale x_scale,
                               BindMemory memory, const Stages&... stages)
        : Base(weights, x_scale, memory, stages...), window_(window), multiplier_(multiplier) {
        QTENSOR_REQUIRE(multiplier > 0 && weights.n() % multiplier == 0,
                        "a depthwise convolution makes a multiple of its channels", weights.n(), multiplier);
        QTENSOR_REQUIRE(weights.rows() == window.y.kernel && weights.columns() == window.x.kernel,
                        "the filters have another number of taps than the window", weights.k(), window.taps());
        require_padding_code<X>(x_scale, window);
    }

    constexpr const Window& window() const { return window_; }

    /// Scratch bytes for images of this size: the rows under one or two rows of outputs, of one register of channels.
    /// Neither the batch nor the multiplier matters.
    static constexpr std::size_t workspace_bytes(const Window& window, std::size_t, const ImageSize& image,
                                                 std::size_t workers = 1) {
        if constexpr (Packed::in_place) {
            return 0;
        } else if (workers > 1) {
            return checked_product(workers, round_up(workspace_bytes(window, 1, image), 64));
        } else {
            const std::size_t groups = DepthwiseLayout<Atom>{1, window.y.kernel, window.x.kernel}.groups();
            return checked_product(checked_product(groups, reach(window, window.x.output(image.width))),
                                   Atom::n * Atom::k * sizeof(Side));
        }
    }

    /// y = stages(depthwise convolution of x). Nothing is written unless every precondition holds. An executor divides
    /// the rows among its workers (gemm/executor.hpp).
    template <class XT, class YT, class E = Serial>
    constexpr void run(const Packed& weights, const XT& x, YT&& y, [[maybe_unused]] std::span<std::byte> workspace = {},
                       [[maybe_unused]] const E& executor = {}) const {
        static_assert(detail::must_be_executor<E>());
        check_images<X, element_type>(*this, window_, weights.n() / multiplier_, weights.n(), x, y);
        QTENSOR_REQUIRE(weights.n() == this->n(), "these are not the filters that this convolution was bound for",
                        weights.n(), this->n());
        this->check_range(x.data(), 1, x.size(), 0);
        const ImageSize image{x.extent(1), x.extent(2), x.extent(3)};
        const std::size_t height = y.extent(1), width = y.extent(2);
        if constexpr (Packed::in_place) {
            for (std::size_t n = 0; n < x.extent(0); ++n)
                run_image_as_defined(weights, x.data() + n * image.size(), image,
                                     y.data() + n * height * width * weights.n(), height, width, n * height * width);
        } else {
            const std::size_t needed = workspace_bytes(window_, multiplier_, image, executor.workers());
            QTENSOR_REQUIRE(workspace.size() >= needed, "the workspace is smaller than workspace_bytes",
                            workspace.size(), needed);
            QTENSOR_REQUIRE(reinterpret_cast<std::uintptr_t>(workspace.data()) % alignof(std::int32_t) == 0,
                            "the workspace is aligned to 4 bytes",
                            reinterpret_cast<std::uintptr_t>(workspace.data()) % alignof(std::int32_t), 0);
            const ProductParts parts(x.extent(0) * height, weights.n(), weights.k() * width, 2, weights.n(),
                                     executor.workers());
            const std::size_t bytes = round_up(workspace_bytes(window_, multiplier_, image), 64);
            executor(parts.parts(), [&](std::size_t part) {
                auto* side = reinterpret_cast<Side*>(workspace.data() + (parts.parts() == 1 ? 0 : part * bytes));
                run_rows_of(weights, x.data(), image, y.data(), height, width, parts.rows(part), side);
            });
        }
    }

private:
    using Code = value_of<X>;
    using Side = typename Packed::x_cell;

    template <class YCell>
    constexpr void run_image_as_defined(const Packed& weights, const Code* x, const ImageSize& image, YCell* y,
                                        std::size_t height, std::size_t width, std::size_t first) const {
        for (std::size_t at = 0; at < height * width; ++at) {
            const Taps rows = window_.y.taps(at / width, image.height);
            const Taps columns = window_.x.taps(at % width, image.width);
            for (std::size_t j = 0; j < weights.n(); ++j, ++y) {
                const Code* channel = x + j / multiplier_;
                const Sum sum = reference_window_sum<Sum>(
                    window_, rows, columns, 1,
                    [&](std::size_t row, std::size_t column, std::size_t) {
                        return channel[(row * image.width + column) * image.channels];
                    },
                    [&](std::size_t row, std::size_t column, std::size_t) {
                        return weights.weight(row * window_.x.kernel + column, j);
                    },
                    zero_point_of(this->input_scale(), 0), zero_point_of(weights.scale(), j));
                store_cells<element_type>(y, this->epilogue()(sum, Cell{first + at, j, 1}), 1);
            }
        }
    }

    /// Columns of the padded image that so many positions see.
    static constexpr std::size_t reach(const Window& window, std::size_t positions) {
        return checked_sum(checked_product(positions - 1, window.x.stride), window.x.span());
    }

    /// Rows `of` all images.
    template <class YCell>
    void run_rows_of(const Packed& weights, const Code* x, const ImageSize& image, YCell* y, std::size_t height,
                     std::size_t width, Interval of, Side* side) const {
        // The spare slot serves the next row of outputs where that lies one slot further down.
        const std::size_t at_once = window_.y.stride == window_.y.dilation ? weights.layout().phases() : 1;
        for (std::size_t i = of.first; i < of.last;) {
            const Code* from = x + i / height * image.size();
            const std::size_t row = i % height;
            YCell* to = y + i * width * weights.n();
            if (at_once == 2 && row + 1 < height && i + 1 < of.last) {
                run_rows<2>(weights, from, image, to, row, i * width, width, side);
                i += 2;
            } else {
                run_rows<1>(weights, from, image, to, row, i * width, width, side);
                i += 1;
            }
        }
    }

    /// `Rows` rows of outputs, a register of channels at a time.
    template <std::size_t Rows, class YCell>
    void run_rows(const Packed& weights, const Code* x, const ImageSize& image, YCell* y, std::size_t row,
                  std::size_t first, std::size_t width, Side* side) const {
        const std::size_t columns = weights.columns(), groups = weights.layout().groups();
        std::size_t j = 0;
        for (; j + Atom::n <= weights.n(); j += Atom::n) {  // a constant: no masks
            lay_side_by_side(weights, x, image, row, width, j, Atom::n, side);
            if (columns == 3 && groups == 1) {
                positions<Rows, 3, 1>(weights, side, y + j, first, width, j, Atom::n);
            } else if (columns == 3 && groups == 2) {
                positions<Rows, 3, 2>(weights, side, y + j, first, width, j, Atom::n);
            } else {
                positions<Rows, dyn, dyn>(weights, side, y + j, first, width, j, Atom::n);
            }
        }
        if (j < weights.n()) {
            lay_side_by_side(weights, x, image, row, width, j, weights.n() - j, side);
            positions<Rows, dyn, dyn>(weights, side, y + j, first, width, j, weights.n() - j);
        }
    }

    /// side [groups][columns of the padded image][Atom::n][Atom::k]: the rows under output row `row`, outputs
    /// [j, j + count). Rows and columns outside are the zero point.
    QTENSOR_FORCE_INLINE void lay_side_by_side(const Packed& weights, const Code* x, const ImageSize& image,
                                               std::size_t row, std::size_t width, std::size_t j, std::size_t count,
                                               Side* side) const {
        constexpr std::size_t cells = Atom::n * Atom::k;
        const std::size_t columns = reach(window_, width);
        Code fill[16];  // no fewer than a register takes; 16 keep g++ from reporting loads that do not happen
        static_assert(Atom::n <= 16);
        for (Code& code : fill) code = static_cast<Code>(zero_point_of(this->input_scale(), 0));
        const std::size_t first = window_.x.before < columns ? window_.x.before : columns;
        const std::size_t last = first + image.width < columns ? first + image.width : columns;
        const std::ptrdiff_t origin =
            static_cast<std::ptrdiff_t>(row * window_.y.stride) - static_cast<std::ptrdiff_t>(window_.y.before);
        const auto outside = [&](std::size_t) { return static_cast<const Code*>(fill); };
        for (std::size_t g = 0; g < weights.layout().groups(); ++g) {
            const Code* rows[Atom::k];
            std::size_t inside[Atom::k];  // all bits, or none
            for (std::size_t s = 0; s < Atom::k; ++s) {
                const std::ptrdiff_t at = origin + static_cast<std::ptrdiff_t>((g * Atom::k + s) * window_.y.dilation);
                const bool in = at >= 0 && at < static_cast<std::ptrdiff_t>(image.height);
                rows[s] = in ? x + static_cast<std::size_t>(at) * image.width * image.channels : fill;
                inside[s] = in ? ~std::size_t{0} : 0;
            }
            for (std::size_t c = 0; c < first; ++c, side += cells) arch::interleave<Atom::k>(outside, count, side);
            if (multiplier_ == 1) {
                const std::size_t end = (last - first) * image.channels + j;
                const auto from = [&](std::size_t at) {
                    return [&rows, &inside, at](std::size_t s) { return rows[s] + (at & inside[s]); };
                };
                std::size_t at = j;
                for (; at + image.channels < end; at += 2 * image.channels, side += 2 * cells)
                    arch::interleave_two<Atom::k, Atom::n>(from(at), from(at + image.channels), count, side);
                if (at < end) {
                    arch::interleave<Atom::k>(from(at), count, side);
                    side += cells;
                }
            } else {
                for (std::size_t at = 0; at < (last - first) * image.channels; at += image.channels, side += cells) {
                    for (std::size_t i = 0; i < count; ++i) {
                        for (std::size_t s = 0; s < Atom::k; ++s)
                            side[i * Atom::k + s] =
                                arch::as_cell<Side>(rows[s][(at + (j + i) / multiplier_) & inside[s]]);
                    }
                }
            }
            for (std::size_t c = last; c < columns; ++c, side += cells) arch::interleave<Atom::k>(outside, count, side);
        }
    }

    /// Outputs [j, j + count) of every position of `Rows` rows; `StaticColumns` taps in a row and `StaticGroups`
    /// instructions per column, where they are known.
    template <std::size_t Rows, std::size_t StaticColumns, std::size_t StaticGroups, class YCell>
    QTENSOR_FORCE_INLINE void positions(const Packed& weights, const Side* side, YCell* y, std::size_t position,
                                        std::size_t width, std::size_t j, std::size_t count) const {
        using V = lanes<Sum, Arch>;
        static_assert(lane::width<V> == Atom::n);
        constexpr std::size_t cells = Atom::n * Atom::k;
        const auto layout = weights.layout();
        const std::size_t columns = StaticColumns == dyn ? weights.columns() : StaticColumns;
        const std::size_t groups = StaticGroups == dyn ? layout.groups() : StaticGroups;
        const auto* w = weights.blocks() + j / Atom::n * layout.block_cells();
        const std::size_t group_stride = reach(window_, width) * cells;
        const std::size_t step = window_.x.stride * cells, dilation = window_.x.dilation * cells;
        Cell cell{position, j, count};
        const auto& epilogue = this->epilogue();
        const auto stages = epilogue.behind_addend().template for_columns<V>(cell);  // sums start with a bias
        // sum (x - z)(w - z_w) = sum x' w' - z' sum w', where x' = x + offset is what the instruction reads.
        auto start = Atom::zero();
        if constexpr (!std::is_floating_point_v<Sum>) {
            const std::int32_t zero = zero_point_of(this->input_scale(), 0) + arch::cell_offset<Side, Code>;
            V first = lane::broadcast<V>(0) -
                      lane::broadcast<V>(zero) * lane::load<V>(weights.column_sums() + j, lane::width<V>);
            if constexpr (std::remove_cvref_t<decltype(epilogue)>::adds_first)
                first = first + epilogue.template addend<V>(cell);
            start = lane::to_register(first);
        }
        typename Atom::B b[Rows][StaticGroups == dyn ? 1 : StaticGroups][StaticColumns == dyn ? 1 : StaticColumns];
        if constexpr (StaticColumns != dyn) {
            QTENSOR_UNROLL
            for (std::size_t r = 0; r < Rows; ++r) {
                QTENSOR_UNROLL
                for (std::size_t g = 0; g < StaticGroups; ++g) {
                    QTENSOR_UNROLL
                    for (std::size_t t = 0; t < StaticColumns; ++t)
                        b[r][g][t] = Atom::load_b(w + r * layout.phase_cells() + (g * columns + t) * cells);
                }
            }
        }
        QTENSOR_NO_UNROLL
        for (std::size_t at = 0; at < width; ++at, ++cell.row, side += step, y += weights.n()) {
            typename Atom::C c[Rows];
            QTENSOR_UNROLL
            for (std::size_t r = 0; r < Rows; ++r) c[r] = start;
            if constexpr (StaticColumns != dyn) {
                QTENSOR_UNROLL
                for (std::size_t g = 0; g < StaticGroups; ++g) {
                    QTENSOR_UNROLL
                    for (std::size_t t = 0; t < StaticColumns; ++t) {
                        const auto a = detail::load_side<Atom>(side + g * group_stride + t * dilation);
                        QTENSOR_UNROLL
                        for (std::size_t r = 0; r < Rows; ++r) c[r] = Atom::mma(c[r], a, b[r][g][t]);
                    }
                }
            } else {
                for (std::size_t g = 0; g < groups; ++g) {
                    for (std::size_t t = 0; t < columns; ++t) {
                        const auto a = detail::load_side<Atom>(side + g * group_stride + t * dilation);
                        const auto* weight = w + (g * columns + t) * cells;
                        QTENSOR_UNROLL
                        for (std::size_t r = 0; r < Rows; ++r)
                            c[r] = Atom::mma(c[r], a, Atom::load_b(weight + r * layout.phase_cells()));
                    }
                }
            }
            QTENSOR_UNROLL
            for (std::size_t r = 0; r < Rows; ++r) {
                const Cell here{cell.row + r * width, j, count};
                store_cells<element_type>(y + r * width * weights.n(), stages(lane::from_register<V>(c[r]), here),
                                          count);
            }
        }
    }

    Window window_;
    std::size_t multiplier_;
};

}  // namespace qtensor::inline QTENSOR_ABI
