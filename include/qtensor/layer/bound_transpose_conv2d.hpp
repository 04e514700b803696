// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A transposed convolution bound to its window, scales and stages: the image is spread by the stride, and every cell
/// adds a filter. Images [batch][height][width][channels], filters [out][rows][columns][channels], shapes static or
/// known when the program runs (TFLite TRANSPOSE_CONV):
///
///     acc(n, oy, ox, j) = sum over cells (iy, ix) and taps with oy = iy stride - before + ty, likewise for x
///
/// The same sum seen from the output: tap ty of row oy reads image row (oy + before - ty) / stride, where that is whole
/// and inside. So kernels take it as a product of patches and filters, with real zeros where a tap reads nothing.

#include <cstring>

#include "../gemm/bound_linear.hpp"
#include "bound_conv2d.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// `Packed`: the filters of filter_rows, packed. `window.before` is cut from the result's beginning; its end is where y
/// ends. `Acc` as in BoundSums.
template <class Packed, PerTensorScale XScale, class Acc, class... Stages> class BoundTransposeConv2d {
    using Product = BoundLinear<Packed, XScale, Acc, Stages...>;
    using X = typename Packed::x_element;
    using Code = value_of<X>;
    static constexpr bool is_scalar = std::same_as<typename Packed::arch_type, arch::scalar>;

public:
    using element_type = typename Product::element_type;
    using scale_type = typename Product::scale_type;

    constexpr BoundTransposeConv2d(const Packed& weights, const Window& window, XScale x_scale, BindMemory memory,
                                   const Stages&... stages)
        : window_(window), product_(weights, x_scale, memory, stages...) {
        QTENSOR_REQUIRE(window.y.is_usable() && window.x.is_usable(),
                        "a transposed convolution has taps, and its strides and dilations are at least 1", 0, 1);
        QTENSOR_REQUIRE(weights.k() % window.taps() == 0, "the filters have another number of taps than the window",
                        weights.k(), window.taps());
        require_padding_code<X>(x_scale, Window{{1, 1, 1, 1}, {1}});  // taps that read nothing are real zeros
    }

    constexpr const XScale& input_scale() const { return product_.input_scale(); }
    constexpr const scale_type& output_scale() const { return product_.output_scale(); }

    /// Scratch bytes for images of this size.
    static constexpr std::size_t workspace_bytes(const Window& window, const ImageSize& image) {
        if constexpr (is_scalar) {
            return 0;
        } else {
            const std::size_t k = checked_product(window.taps(), image.channels);
            return checked_sum(patch_bytes(k), Product::workspace_bytes(patches, k));
        }
    }

    /// y = stages(transposed convolution of x), of the height and width of y.
    template <AnyTensor XT, AnyTensor YT>
    constexpr void run(const Packed& weights, const XT& x, YT&& y,
                       [[maybe_unused]] std::span<std::byte> workspace = {}) const {
        // Any result of a window of one cell fits y: the size of y is the caller's choice.
        const QTensor<const Code, XScale, Shape<dyn, dyn, dyn, dyn>> of_y_size(
            x.data(), Shape<dyn, dyn, dyn, dyn>(x.extent(0), y.extent(1), y.extent(2), x.extent(3)), x.scale());
        static_assert(XT::storage_type::contiguous, "images are contiguous: copy a strided view first");
        check_images<Code, element_type>(product_, Window{}, weights.k() / window_.taps(), weights.n(), of_y_size, y);
        const ImageSize image{x.extent(1), x.extent(2), x.extent(3)};
        product_.check_range(x.data(), 1, x.size(), 0);
        const std::size_t width = y.extent(2), positions = y.extent(1) * width;
        if constexpr (!is_scalar) {
            QTENSOR_REQUIRE(workspace.size() >= workspace_bytes(window_, image),
                            "the workspace is smaller than workspace_bytes", workspace.size(),
                            workspace_bytes(window_, image));
        }
        for (std::size_t n = 0; n < x.extent(0); ++n) {
            const Code* from = x.data() + n * image.size();
            auto* to = y.data() + n * positions * weights.n();
            if constexpr (is_scalar) {
                run_scalar(weights, from, image, to, positions, width);
            } else {
                run_patches(weights, from, image, to, positions, width, workspace);
            }
        }
    }

private:
    static constexpr std::size_t patches = 24;
    static constexpr std::size_t patch_bytes(std::size_t k) {
        return round_up(checked_product(patches, checked_product(k, sizeof(Code))), 64);
    }

    /// The row or column of the image that a tap reads for a position, or -1.
    static constexpr std::ptrdiff_t source(const WindowAxis& axis, std::size_t at, std::size_t tap, std::size_t input) {
        const auto offset =
            static_cast<std::ptrdiff_t>(at + axis.before) - static_cast<std::ptrdiff_t>(tap * axis.dilation);
        const auto stride = static_cast<std::ptrdiff_t>(axis.stride);
        return offset >= 0 && offset % stride == 0 && offset / stride < static_cast<std::ptrdiff_t>(input)
                   ? offset / stride
                   : -1;
    }

    /// body(tap number, first channel of the cell it reads, or nullptr) for every tap of a position.
    template <class Body>
    constexpr void each_tap(const Code* x, const ImageSize& image, std::size_t row, std::size_t column,
                            Body&& body) const {
        for (std::size_t i = 0; i < window_.y.kernel; ++i) {
            const std::ptrdiff_t y = source(window_.y, row, i, image.height);
            for (std::size_t j = 0; j < window_.x.kernel; ++j) {
                const std::ptrdiff_t at = source(window_.x, column, j, image.width);
                const bool inside = y >= 0 && at >= 0;
                body(i * window_.x.kernel + j,
                     inside ? x + (static_cast<std::size_t>(y) * image.width + static_cast<std::size_t>(at)) *
                                      image.channels
                            : nullptr);
            }
        }
    }

    template <class YCell>
    constexpr void run_scalar(const Packed& weights, const Code* x, const ImageSize& image, YCell* y,
                              std::size_t positions, std::size_t width) const {
        using Sum = typename Product::Sum;
        for (std::size_t at = 0; at < positions; ++at) {
            for (std::size_t j = 0; j < weights.n(); ++j, ++y) {
                Sum sum{};
                each_tap(x, image, at / width, at % width, [&](std::size_t tap, const Code* cell) {
                    if (cell == nullptr) return;
                    const Sum part = reference_dot<Sum>(
                        image.channels, [&](std::size_t c) { return cell[c]; },
                        [&](std::size_t c) { return weights.weight(j, tap * image.channels + c); },
                        zero_point_of(input_scale(), 0), zero_point_of(weights.scale(), j));
                    if constexpr (std::floating_point<Sum>) {
                        sum += part;
                    } else {
                        sum = lane::wrapping_add(sum, part);
                    }
                });
                store_cells<element_type>(y, product_.epilogue()(sum, Cell{at, j, 1}), 1);
            }
        }
    }

    template <class YCell>
    void run_patches(const Packed& weights, const Code* x, const ImageSize& image, YCell* y, std::size_t positions,
                     std::size_t width, std::span<std::byte> workspace) const {
        Code* rows = reinterpret_cast<Code*>(workspace.data());
        const std::size_t k = weights.k();
        const auto fill = static_cast<Code>(zero_point_of(input_scale(), 0));
        for (std::size_t first = 0; first < positions; first += patches) {
            const std::size_t m = positions - first < patches ? positions - first : patches;
            for (std::size_t r = 0; r < m; ++r) {
                Code* patch = rows + r * k;
                each_tap(x, image, (first + r) / width, (first + r) % width, [&](std::size_t tap, const Code* cell) {
                    Code* to = patch + tap * image.channels;
                    if (cell != nullptr) {
                        std::memcpy(to, cell, image.channels * sizeof(Code));
                    } else {
                        for (std::size_t c = 0; c < image.channels; ++c) to[c] = fill;
                    }
                });
            }
            product_.run_rows(weights, Rows<Code>{rows, static_cast<std::ptrdiff_t>(k), m, k}, y + first * weights.n(),
                              static_cast<std::ptrdiff_t>(weights.n()), workspace.subspan(patch_bytes(k)));
        }
    }

    Window window_;
    Product product_;
};

}  // namespace qtensor::inline QTENSOR_ABI
