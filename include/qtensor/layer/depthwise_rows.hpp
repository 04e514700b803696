// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The kernel of a depthwise convolution: rows of outputs from rows of an image, a register of channels at a time. The
/// rows of the image that an output needs are laid side by side (depthwise_weights.hpp), cells of padding among them,
/// so that a column of taps is one instruction for every Atom::k rows:
///
///     for two rows of outputs, where a spare slot serves the second         3 x 3 taps of bytes: 4 rows of the image
///         for each register of channels
///             for each position
///                 lay the columns side by side that the position before did not see
///                 for each column, for each row of outputs: C += A * B      3 instructions per register of outputs
///                 y = store(epilogue(C))
///
/// Of 3 x 3 neighbouring taps the columns stay in registers from one position to the next. Of other windows, of
/// channels that fill no register and of several outputs per channel they go to memory first, all of a row.

#include "../gemm/epilogue.hpp"
#include "../gemm/executor.hpp"
#include "../gemm/store.hpp"
#include "depthwise_weights.hpp"
#include "window.hpp"

namespace qtensor::inline QTENSOR_ABI::detail {

template <class Packed> class DepthwiseRows {
    using Atom = typename Packed::Atom;
    using Code = value_of<typename Packed::x_element>;
    using Side = typename Packed::x_cell;
    using Sum = typename Atom::accumulator;
    using V = lanes<Sum, typename Packed::arch_type>;
    using Column = typename Atom::B;
    static constexpr std::size_t n = Atom::n, k = Atom::k, cells = n * k;
    static_assert(lane::width<V> == n);

public:
    DepthwiseRows(const Packed& weights, const Window& window, std::size_t multiplier, std::int32_t zero,
                  const ImageSize& image, std::byte* workspace)
        : weights_(weights), window_(window), multiplier_(multiplier), zero_(zero), image_(image),
          side_(reinterpret_cast<Side*>(workspace)) {
        for (Code& code : fill_) code = static_cast<Code>(zero);
    }

    /// The rows under one or two rows of outputs, of one register of channels.
    static constexpr std::size_t workspace_bytes(const Window& window, const ImageSize& image) {
        const std::size_t groups = DepthwiseLayout<Atom>{1, window.y.kernel, window.x.kernel}.groups();
        return checked_product(checked_product(groups, reach(window, window.x.output(image.width))),
                               cells * sizeof(Side));
    }

    /// Rows `of` all images: `height` rows of `width` positions each.
    template <class YCell, class Epilogue>
    void run(const Code* x, YCell* y, std::size_t height, std::size_t width, Interval of,
             const Epilogue& epilogue) const {
        // The spare slot serves the next row of outputs where that lies one slot further down.
        const bool pairs = window_.y.stride == window_.y.dilation && weights_.layout().phases() == 2;
        for (std::size_t i = of.first; i < of.last;) {
            const Code* image = x + i / height * image_.size();
            const std::size_t row = i % height;
            YCell* to = y + i * width * weights_.n();
            if (pairs && row + 1 < height && i + 1 < of.last) {
                run_row<2>(image, row, to, i * width, width, epilogue);
                i += 2;
            } else {
                run_row<1>(image, row, to, i * width, width, epilogue);
                i += 1;
            }
        }
    }

private:
    /// Columns of the padded image that so many positions see.
    static constexpr std::size_t reach(const Window& window, std::size_t positions) {
        return checked_sum(checked_product(positions - 1, window.x.stride), window.x.span());
    }

    /// What lies under a row of taps of Atom::k rows: pointers to rows of the image, or to the fill.
    struct Under {
        const Code* rows[k];
        std::size_t inside[k];  // all bits, or none

        /// A function, not an array of pointers: g++ keeps those in memory, and the loads wait for them.
        QTENSOR_FORCE_INLINE auto at(std::size_t cell) const {
            return [this, cell](std::size_t s) { return rows[s] + (cell & inside[s]); };
        }
    };
    QTENSOR_FORCE_INLINE Under under(const Code* image, std::size_t row, std::size_t group) const {
        Under made;
        for (std::size_t s = 0; s < k; ++s) {
            const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(row * window_.y.stride) -
                                      static_cast<std::ptrdiff_t>(window_.y.before) +
                                      static_cast<std::ptrdiff_t>((group * k + s) * window_.y.dilation);
            const bool in = at >= 0 && at < static_cast<std::ptrdiff_t>(image_.height);
            made.rows[s] = in ? image + static_cast<std::size_t>(at) * image_.width * image_.channels : fill_;
            made.inside[s] = in ? ~std::size_t{0} : 0;
        }
        return made;
    }

    /// `Rows` rows of outputs.
    template <std::size_t Rows, class YCell, class Epilogue>
    void run_row(const Code* image, std::size_t row, YCell* y, std::size_t first, std::size_t width,
                 const Epilogue& epilogue) const {
        const bool neighbours = weights_.rows() == 3 && weights_.columns() == 3 && window_.x.dilation == 1 &&
                                window_.x.stride <= 2 && multiplier_ == 1;
        std::size_t j = 0;
        if (neighbours) {
            j = weights_.n() / n * n;
            if (window_.x.stride == 1) {
                three_columns<Rows, 1>(image, row, y, first, width, j, epilogue);
            } else {
                three_columns<Rows, 2>(image, row, y, first, width, j, epilogue);
            }
        }
        for (; j < weights_.n(); j += n) {
            const std::size_t count = weights_.n() - j < n ? weights_.n() - j : n;
            lay_side_by_side(image, row, width, j, count);
            any_columns<Rows>(y + j, first, width, j, count, epilogue);
        }
    }

    /// What sums start with: sum (x - z)(w - z_w) = sum x' w' - z' sum w', where x' = x + offset is what the
    /// instruction reads; and a bias in front of all stages.
    template <class Epilogue>
    QTENSOR_FORCE_INLINE typename Atom::C start([[maybe_unused]] const Cell& cell,
                                                [[maybe_unused]] const Epilogue& epilogue) const {
        if constexpr (std::is_floating_point_v<Sum>) {
            return Atom::zero();
        } else {
            const std::int32_t zero = zero_ + arch::cell_offset<Side, Code>;
            V first = lane::broadcast<V>(0) -
                      lane::broadcast<V>(zero) * lane::load<V>(weights_.column_sums() + cell.column, n);
            if constexpr (Epilogue::adds_first) first = first + epilogue.template addend<V>(cell);
            return lane::to_register(first);
        }
    }

    /// 3 x 3 taps of outputs [0, last), whole registers, positions `Step` apart: of three columns 3 - Step stay.
    template <std::size_t Rows, std::size_t Step, class YCell, class Epilogue>
    void three_columns(const Code* image, std::size_t row, YCell* y, std::size_t first, std::size_t width,
                       std::size_t last, const Epilogue& epilogue) const {
        constexpr std::size_t groups = (3 + k - 1) / k;
        const auto column = [](auto&& rows) __attribute__((always_inline)) {
            alignas(64) Side side[cells];
            arch::interleave<k>(rows, n, side);
            return load_side<Atom>(side);
        };
        Under rows[groups];
        for (std::size_t g = 0; g < groups; ++g) rows[g] = under(image, row, g);
        const Column outside = column([&](std::size_t) { return static_cast<const Code*>(fill_); });
        const std::size_t inside = image_.width, channels = image_.channels, outputs = weights_.n();
        const auto layout = weights_.layout();
        for (std::size_t j = 0; j < last; j += n) {
            Cell cell{first, j, n};
            const auto stages = epilogue.behind_addend().template for_columns<V>(cell);
            const auto begin = start(cell, epilogue);
            const auto* w = weights_.blocks() + j / n * layout.block_cells();
            Column b[Rows][groups][3], columns[groups][3];
            QTENSOR_UNROLL
            for (std::size_t r = 0; r < Rows; ++r) {
                QTENSOR_UNROLL
                for (std::size_t g = 0; g < groups; ++g) {
                    QTENSOR_UNROLL
                    for (std::size_t t = 0; t < 3; ++t)
                        b[r][g][t] = Atom::load_b(w + r * layout.phase_cells() + (g * 3 + t) * cells);
                }
            }
            std::size_t next = std::size_t{0} - window_.x.before;  // of the image; far outside where negative
            const auto read = [&](std::size_t t) __attribute__((always_inline)) {
                QTENSOR_UNROLL
                for (std::size_t g = 0; g < groups; ++g)
                    columns[g][t] = next < inside ? column(rows[g].at(next * channels + j)) : outside;
                ++next;
            };
            QTENSOR_UNROLL
            for (std::size_t t = Step; t < 3; ++t) read(t);
            YCell* to = y + j;
            QTENSOR_NO_UNROLL
            for (std::size_t left = width; left > 0; --left, ++cell.row, to += outputs) {
                QTENSOR_UNROLL
                for (std::size_t g = 0; g < groups; ++g) {
                    QTENSOR_UNROLL
                    for (std::size_t t = 0; t + Step < 3; ++t) columns[g][t] = columns[g][t + Step];
                }
                QTENSOR_UNROLL
                for (std::size_t t = 3 - Step; t < 3; ++t) read(t);
                QTENSOR_UNROLL
                for (std::size_t r = 0; r < Rows; ++r) {
                    auto c = begin;
                    QTENSOR_UNROLL
                    for (std::size_t g = 0; g < groups; ++g) {
                        QTENSOR_UNROLL
                        for (std::size_t t = 0; t < 3; ++t) c = Atom::mma(c, columns[g][t], b[r][g][t]);
                    }
                    store_cells<typename Epilogue::element>(
                        to + r * width * outputs, stages(lane::from_register<V>(c), Cell{cell.row + r * width, j, n}),
                        n);
                }
            }
        }
    }

    /// side [groups][columns of the padded image][n][k]: the rows under output row `row`, outputs [j, j + count).
    void lay_side_by_side(const Code* image, std::size_t row, std::size_t width, std::size_t j,
                          std::size_t count) const {
        const std::size_t columns = reach(window_, width), channels = image_.channels;
        const std::size_t first = window_.x.before < columns ? window_.x.before : columns;
        const std::size_t last = first + image_.width < columns ? first + image_.width : columns;
        const auto outside = [&](std::size_t) { return static_cast<const Code*>(fill_); };
        Side* side = side_;
        for (std::size_t g = 0; g < weights_.layout().groups(); ++g) {
            const Under rows = under(image, row, g);
            for (std::size_t c = 0; c < columns; ++c, side += cells) {
                const std::size_t cell = (c - first) * channels;
                if (c < first || c >= last) {
                    arch::interleave<k>(outside, count, side);
                } else if (multiplier_ == 1) {
                    arch::interleave<k>(rows.at(cell + j), count, side);
                } else {
                    for (std::size_t i = 0; i < count; ++i) {
                        for (std::size_t s = 0; s < k; ++s)
                            side[i * k + s] = arch::as_cell<Side>(*rows.at(cell + (j + i) / multiplier_)(s));
                    }
                }
            }
        }
    }

    /// Outputs [j, j + count) of every position, from what lies side by side.
    template <std::size_t Rows, class YCell, class Epilogue>
    void any_columns(YCell* y, std::size_t first, std::size_t width, std::size_t j, std::size_t count,
                     const Epilogue& epilogue) const {
        const auto layout = weights_.layout();
        const std::size_t columns = weights_.columns(), groups = layout.groups();
        const auto* w = weights_.blocks() + j / n * layout.block_cells();
        const std::size_t group_stride = reach(window_, width) * cells;
        const std::size_t step = window_.x.stride * cells, dilation = window_.x.dilation * cells;
        Cell cell{first, j, count};
        const auto stages = epilogue.behind_addend().template for_columns<V>(cell);
        const auto begin = start(cell, epilogue);
        const Side* side = side_;
        for (std::size_t left = width; left > 0; --left, ++cell.row, side += step, y += weights_.n()) {
            typename Atom::C c[Rows];
            QTENSOR_UNROLL
            for (std::size_t r = 0; r < Rows; ++r) c[r] = begin;
            for (std::size_t g = 0; g < groups; ++g) {
                for (std::size_t t = 0; t < columns; ++t) {
                    const Column a = load_side<Atom>(side + g * group_stride + t * dilation);
                    const auto* weight = w + (g * columns + t) * cells;
                    QTENSOR_UNROLL
                    for (std::size_t r = 0; r < Rows; ++r)
                        c[r] = Atom::mma(c[r], a, Atom::load_b(weight + r * layout.phase_cells()));
                }
            }
            QTENSOR_UNROLL
            for (std::size_t r = 0; r < Rows; ++r) {
                const Cell here{cell.row + r * width, j, count};
                store_cells<typename Epilogue::element>(y + r * width * weights_.n(),
                                                        stages(lane::from_register<V>(c[r]), here), count);
            }
        }
    }

    const Packed& weights_;
    Window window_;
    std::size_t multiplier_;
    std::int32_t zero_;
    ImageSize image_;
    Side* side_;
    Code fill_[16];  // no fewer than a register takes; 16 keep g++ from reporting loads that do not happen
    static_assert(n <= 16);
};

}  // namespace qtensor::inline QTENSOR_ABI::detail
