// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The sum under a window, defined once: every faster convolution is compared with this, bit for bit.

#include "../gemm/reference.hpp"
#include "window.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// sum over the taps inside the image, rows first, and over `channels`: (x - z_x) (w - z_w); integers modulo 2^32 (or
/// 2^64). Taps outside count for nothing, as if the image were surrounded by real zeros. x(row, column, channel) and
/// w(tap_row, tap_column, channel) yield elements. (TFLite CONV_2D and DEPTHWISE_CONV_2D, tflite-micro
/// `reference/integer_ops/conv.h`.)
template <class Acc, class XAt, class WAt>
constexpr Acc reference_window_sum(const Window& window, const Taps& rows, const Taps& columns, std::size_t channels,
                                   XAt&& x, WAt&& w, std::int32_t x_zero_point, std::int32_t w_zero_point) {
    Acc sum{};
    for (std::size_t i = rows.first; i < rows.last; ++i) {
        const auto row = static_cast<std::size_t>(rows.origin + static_cast<std::ptrdiff_t>(i * window.y.dilation));
        for (std::size_t j = columns.first; j < columns.last; ++j) {
            const auto column =
                static_cast<std::size_t>(columns.origin + static_cast<std::ptrdiff_t>(j * window.x.dilation));
            const Acc part = reference_dot<Acc>(
                channels, [&](std::size_t c) { return x(row, column, c); }, [&](std::size_t c) { return w(i, j, c); },
                x_zero_point, w_zero_point);
            if constexpr (std::floating_point<Acc>) {
                sum += part;
            } else {
                sum = lane::wrapping_add(sum, part);
            }
        }
    }
    return sum;
}

}  // namespace qtensor::inline QTENSOR_ABI
