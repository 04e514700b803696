// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A depthwise convolution bound to its window, scales and stages; images [batch][height][width][channels], filters
/// [rows][columns][channels * multiplier], shapes static or known when the program runs:
///
///     acc(n, y, x, j) = sum over taps of (image(channel j / multiplier) - z_x) (filter_j - z_w)
///
/// A direct kernel: neighbouring outputs in a register, tap by tap. The scalar architecture is the definition.

#include "../gemm/bound_sums.hpp"
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
    static constexpr bool is_scalar = std::same_as<Arch, arch::scalar>;
    static_assert(is_scalar || sizeof(Sum) == 4,
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
        QTENSOR_REQUIRE(weights.k() == window.taps(), "the filters have another number of taps than the window",
                        weights.k(), window.taps());
        require_padding_code<X>(x_scale, window);
    }

    constexpr const Window& window() const { return window_; }

    /// y = stages(depthwise convolution of x). Nothing is written unless every precondition holds.
    template <class XT, class YT>
    constexpr void run(const Packed& weights, const XT& x, YT&& y, std::span<std::byte> = {}) const {
        check_images<X, element_type>(*this, window_, weights.n() / multiplier_, weights.n(), x, y);
        QTENSOR_REQUIRE(weights.n() == this->n(), "these are not the filters that this convolution was bound for",
                        weights.n(), this->n());
        this->check_range(x.data(), 1, x.size(), 0);
        const ImageSize image{x.extent(1), x.extent(2), x.extent(3)};
        auto* to = y.data();
        const std::size_t width = y.extent(2);
        for (std::size_t n = 0; n < x.extent(0); ++n) {
            const auto* from = x.data() + n * image.size();
            for (std::size_t row = 0; row < y.extent(1); ++row, to += width * weights.n()) {
                const Taps taps = window_.y.taps(row, image.height);
                if constexpr (is_scalar) {
                    row_of_sums(weights, from, image, taps, to, row * width, width);
                } else {
                    row_of_registers(weights, from, image, taps, to, row * width, width);
                }
            }
        }
    }

private:
    using Code = value_of<X>;

    template <class YCell>
    constexpr void row_of_sums(const Packed& weights, const Code* x, const ImageSize& image, const Taps& rows, YCell* y,
                               std::size_t first, std::size_t width) const {
        for (std::size_t at = 0; at < width; ++at) {
            const Taps columns = window_.x.taps(at, image.width);
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

    /// One row of positions, a register of outputs at a time: their filters stay close while the row passes.
    template <class YCell>
    void row_of_registers(const Packed& weights, const Code* x, const ImageSize& image, const Taps& rows, YCell* y,
                          std::size_t first, std::size_t width) const {
        using V = lanes<Sum, Arch>;
        constexpr std::size_t step = lane::width<V>;
        if (multiplier_ == 1) {
            std::size_t j = 0;
            for (; j + step <= weights.n(); j += step)
                positions<V, false>(weights, x + j, image, rows, y + j, first, width, j, step);  // a constant: no masks
            if (j < weights.n())
                positions<V, false>(weights, x + j, image, rows, y + j, first, width, j, weights.n() - j);
        } else {
            for (std::size_t c = 0; c < image.channels; ++c) {  // outputs of one channel share its numbers
                for (std::size_t m = 0; m < multiplier_; m += step) {
                    const std::size_t j = c * multiplier_ + m;
                    const std::size_t count = multiplier_ - m < step ? multiplier_ - m : step;
                    positions<V, true>(weights, x + c, image, rows, y + j, first, width, j, count);
                }
            }
        }
    }

    /// Outputs [j, j + count) of every position of a row.
    template <class V, bool OneChannel, class YCell>
    QTENSOR_FORCE_INLINE void positions(const Packed& weights, const Code* x, const ImageSize& image, const Taps& rows,
                                        YCell* y, std::size_t first, std::size_t width, std::size_t j,
                                        std::size_t count) const {
        Cell cell{first, j, count};
        const auto stages = this->epilogue().template for_columns<V>(cell);
        const V x_zero = lane::broadcast<V>(static_cast<Sum>(zero_point_of(this->input_scale(), 0)));
        const V w_zero = zeros<V>(weights, j, count);
        for (std::size_t at = 0; at < width; ++at, ++cell.row, y += weights.n()) {
            const Taps columns = window_.x.taps(at, image.width);
            V sum = lane::broadcast<V>(Sum{});
            for (std::size_t r = rows.first; r < rows.last; ++r) {
                const Code* row = x + (rows.origin + static_cast<std::ptrdiff_t>(r * window_.y.dilation)) *
                                          static_cast<std::ptrdiff_t>(image.width * image.channels);
                for (std::size_t c = columns.first; c < columns.last; ++c) {
                    const Code* from = row + (columns.origin + static_cast<std::ptrdiff_t>(c * window_.x.dilation)) *
                                                 static_cast<std::ptrdiff_t>(image.channels);
                    const auto* w = weights.row(r * window_.x.kernel + c) + j;
                    V a{};
                    if constexpr (OneChannel) {
                        a = lane::broadcast<V>(static_cast<Sum>(*from));
                    } else {
                        a = lane::load<V>(from, count);
                    }
                    V b = lane::load<V>(w, count);
                    if constexpr (has_zero_point<XScale>) a = a - x_zero;
                    if constexpr (has_zero_point<typename Packed::scale_type>) b = b - w_zero;
                    sum = sum + a * b;
                }
            }
            store_cells<element_type>(y, stages(sum, cell), count);
        }
    }

    template <class V>
    static V zeros([[maybe_unused]] const Packed& weights, [[maybe_unused]] std::size_t j,
                   [[maybe_unused]] std::size_t count) {
        if constexpr (has_zero_point<typename Packed::scale_type>) {
            std::int32_t each[lane::width<V>] = {};
            for (std::size_t i = 0; i < lane::width<V> && i < count; ++i)
                each[i] = zero_point_of(weights.scale(), j + i);
            return lane::load<V>(each, lane::width<V>);
        } else {
            return lane::broadcast<V>(Sum{});
        }
    }

    Window window_;
    std::size_t multiplier_;
};

}  // namespace qtensor::inline QTENSOR_ABI
