// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Backward through the sums of layers with weights. A layer names what it sums (layer/weighted.hpp); its slopes are
///
///     dx = sum over the outputs that saw x of dy w        dw += sum over samples and positions of dy x
///
/// Dense layers and convolutions are two products on the library's float32 kernels, of patches where there is a window;
/// depthwise and transposed convolutions go tap by tap.

#include <algorithm>
#include <array>
#include <vector>

#include "../heap/matmul.hpp"
#include "../layer/conv2d.hpp"
#include "../layer/dense.hpp"
#include "../layer/depthwise_conv2d.hpp"
#include "../layer/transpose_conv2d.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// A matrix [rows][columns] of the caller's, or its transpose.
inline auto real_matrix(const float* cells, std::size_t rows, std::size_t columns) {
    return QTensor<const float, Unscaled, Shape<dyn, dyn>>(cells, Shape<dyn, dyn>(rows, columns));
}
inline auto transposed_matrix(const float* cells, std::size_t rows, std::size_t columns) {
    return QTensor<const float, Unscaled, Shape<dyn, dyn>, Strided>(
        cells, Shape<dyn, dyn>(columns, rows), std::array<std::ptrdiff_t, 2>{1, static_cast<std::ptrdiff_t>(columns)});
}

/// dx [m][k] = dy [m][n] * w [n][k].
inline void pull_back_input(const float* dy, const float* w, float* dx, std::size_t m, std::size_t n, std::size_t k) {
    const auto made = matmul(real_matrix(dy, m, n), transposed_matrix(w, n, k));
    for (std::size_t i = 0; i < m * k; ++i) dx[i] = made.data()[i];
}

/// dw [n][k] += dy [m][n]^T * x [m][k].
inline void pull_back_weights(const float* dy, const float* x, float* dw, std::size_t m, std::size_t n, std::size_t k) {
    std::vector<float> turned(n * m);  // rows of the left factor are contiguous
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < n; ++j) turned[j * m + i] = dy[i * n + j];
    }
    const auto made = matmul(real_matrix(turned.data(), n, m), transposed_matrix(x, m, k));
    for (std::size_t i = 0; i < n * k; ++i) dw[i] += made.data()[i];
}

/// run(x, w, dy, dx, dw, batch): adds to dw; overwrites dx unless it is null.
template <class Sums> struct SumsGradient;

template <std::size_t In, std::size_t Out> struct SumsGradient<DenseSums<In, Out>> {
    static void run(const float* x, const float* w, const float* dy, float* dx, float* dw, std::size_t batch) {
        pull_back_weights(dy, x, dw, batch, Out, In);
        if (dx != nullptr) pull_back_input(dy, w, dx, batch, Out, In);
    }
};

/// body(index of the tap, index of the cell in the image) for every tap of position `at` inside the image.
template <class Body>
void for_each_tap(const Window& window, const ImageSize& image, std::size_t width, std::size_t at, Body&& body) {
    const Taps rows = window.y.taps(at / width, image.height), columns = window.x.taps(at % width, image.width);
    for (std::size_t i = rows.first; i < rows.last; ++i) {
        const auto row = static_cast<std::size_t>(rows.origin + static_cast<std::ptrdiff_t>(i * window.y.dilation));
        for (std::size_t j = columns.first; j < columns.last; ++j) {
            const auto column =
                static_cast<std::size_t>(columns.origin + static_cast<std::ptrdiff_t>(j * window.x.dilation));
            body(i * window.x.kernel + j, row * image.width + column);
        }
    }
}

template <class Image, std::size_t Out, class K, std::size_t Groups>
struct SumsGradient<Conv2dSums<Image, Out, K, Groups>> {
    using Sums = Conv2dSums<Image, Out, K, Groups>;
    static constexpr ImageSize image = Sums::image;
    static constexpr Window window = Sums::window;
    static constexpr std::size_t width = Sums::output_shape::static_extent(1);
    static constexpr std::size_t positions = Sums::output_shape::static_extent(0) * width;
    static constexpr std::size_t channels = Sums::channels, outputs = Out / Groups, depth = Sums::depth;

    /// As many samples at once as fill about a megabyte with patches.
    static constexpr std::size_t together = 262144 / (positions * depth) + 1;

    static void run(const float* x, const float* w, const float* dy, float* dx, float* dw, std::size_t batch) {
        if (dx != nullptr) std::fill(dx, dx + batch * image.size(), 0.0f);
        for (std::size_t first = 0; first < batch; first += together) {
            const std::size_t count = batch - first < together ? batch - first : together;
            for (std::size_t g = 0; g < Groups; ++g)
                run_group(x + first * image.size(), w, dy + first * positions * Out,
                          dx == nullptr ? dx : dx + first * image.size(), dw, count, g);
        }
    }

private:
    static void run_group(const float* x, const float* w, const float* dy, float* dx, float* dw, std::size_t count,
                          std::size_t g) {
        const std::size_t rows = count * positions;
        std::vector<float> patches(rows * depth), rising(rows * outputs);
        const auto each_patch = [&](auto&& body) {  // body(cells of the patch, first channel of the image's cell)
            for (std::size_t row = 0; row < rows; ++row) {
                for_each_tap(window, image, width, row % positions, [&](std::size_t tap, std::size_t cell) {
                    body(patches.data() + row * depth + tap * channels,
                         (row / positions * image.height * image.width + cell) * image.channels + g * channels);
                });
            }
        };
        each_patch([&](float* patch, std::size_t cell) { std::copy(x + cell, x + cell + channels, patch); });
        for (std::size_t row = 0; row < rows; ++row)
            std::copy(dy + row * Out + g * outputs, dy + row * Out + (g + 1) * outputs, rising.data() + row * outputs);
        const std::size_t filters = g * outputs * depth;
        pull_back_weights(rising.data(), patches.data(), dw + filters, rows, outputs, depth);
        if (dx == nullptr) return;
        pull_back_input(rising.data(), w + filters, patches.data(), rows, outputs, depth);
        each_patch([&](const float* patch, std::size_t cell) {
            for (std::size_t c = 0; c < channels; ++c) dx[cell + c] += patch[c];
        });
    }
};

template <class Image, class K, std::size_t Multiplier> struct SumsGradient<DepthwiseSums<Image, K, Multiplier>> {
    using Sums = DepthwiseSums<Image, K, Multiplier>;
    static void run(const float* x, const float* w, const float* dy, float* dx, float* dw, std::size_t batch) {
        constexpr ImageSize image = Sums::image;
        constexpr std::size_t outputs = Sums::outputs, width = Sums::output_shape::static_extent(1);
        if (dx != nullptr) std::fill(dx, dx + batch * image.size(), 0.0f);
        for (std::size_t n = 0; n < batch; ++n, x += image.size(), dx += dx == nullptr ? 0 : image.size()) {
            for (std::size_t at = 0; at < static_size<typename Sums::output_shape> / outputs; ++at, dy += outputs) {
                for_each_tap(Sums::window, image, width, at, [&](std::size_t tap, std::size_t cell) {
                    for (std::size_t j = 0; j < outputs; ++j) {
                        const std::size_t from = cell * image.channels + j / Multiplier, weight = tap * outputs + j;
                        dw[weight] += dy[j] * x[from];
                        if (dx != nullptr) dx[from] += dy[j] * w[weight];
                    }
                });
            }
        }
    }
};

/// The result of a transposed convolution is what a convolution of it would see: the window stands on cells of x.
template <class Image, std::size_t Out, class K> struct SumsGradient<TransposeConvSums<Image, Out, K>> {
    using Sums = TransposeConvSums<Image, Out, K>;
    static void run(const float* x, const float* w, const float* dy, float* dx, float* dw, std::size_t batch) {
        constexpr ImageSize image = Sums::image, result{Sums::y.output, Sums::x.output, Out};
        if (dx != nullptr) std::fill(dx, dx + batch * image.size(), 0.0f);
        for (std::size_t n = 0; n < batch; ++n) {
            for (std::size_t at = 0; at < image.height * image.width; ++at) {
                const std::size_t from = n * image.size() + at * image.channels;
                for_each_tap(Sums::window, result, image.width, at, [&](std::size_t tap, std::size_t cell) {
                    for (std::size_t j = 0; j < Out; ++j) {
                        const float rise = dy[n * result.size() + cell * Out + j];
                        for (std::size_t c = 0; c < image.channels; ++c) {
                            const std::size_t weight = j * Sums::depth + tap * image.channels + c;
                            dw[weight] += rise * x[from + c];
                            if (dx != nullptr) dx[from + c] += rise * w[weight];
                        }
                    }
                });
            }
        }
    }
};

}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
