// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Patches: what a window sees, as rows of a matrix. A convolution is a product of patches and filters. Only as many
/// patches are made at a time as stay in a cache, so an image never grows by the size of the kernel.

#include <cstring>

#include "window.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Channels [first, first + count) of what lies under a window.
struct ChannelRange {
    std::size_t first = 0;
    std::size_t count = 0;
};

namespace detail {

/// One row of taps: what is inside is copied, what is outside is `fill`.
template <class X>
void copy_taps(const X* row, std::size_t channels, const WindowAxis& axis, const Taps& taps, ChannelRange of, X fill,
               X* to) {
    const auto put = [&](std::size_t tap, std::size_t count) {
        X* cells = to + tap * of.count;
        for (std::size_t i = 0; i < count * of.count; ++i) cells[i] = fill;
    };
    put(0, taps.first);
    const auto from = [&](std::size_t tap) {
        const std::ptrdiff_t column = taps.origin + static_cast<std::ptrdiff_t>(tap * axis.dilation);
        return row + static_cast<std::size_t>(column) * channels + of.first;
    };
    if (axis.dilation == 1 && of.count == channels && taps.first < taps.last) {  // neighbours in memory too
        std::memcpy(to + taps.first * of.count, from(taps.first), (taps.last - taps.first) * of.count * sizeof(X));
    } else {
        for (std::size_t tap = taps.first; tap < taps.last; ++tap)
            std::memcpy(to + tap * of.count, from(tap), of.count * sizeof(X));
    }
    put(taps.last, axis.kernel - taps.last);
}

}  // namespace detail

/// to [count][taps * of.count] = the patches of positions [first, first + count), row-major over `positions` columns.
template <class X>
void copy_patches(const X* image, const ImageSize& size, const Window& window, std::size_t positions, std::size_t first,
                  std::size_t count, ChannelRange of, X fill, X* to) {
    const std::size_t row_cells = window.x.kernel * of.count;
    for (std::size_t at = first; at < first + count; ++at) {
        const Taps rows = window.y.taps(at / positions, size.height);
        const Taps columns = window.x.taps(at % positions, size.width);
        for (std::size_t tap = 0; tap < window.y.kernel; ++tap, to += row_cells) {
            if (tap < rows.first || tap >= rows.last) {
                for (std::size_t i = 0; i < row_cells; ++i) to[i] = fill;
            } else {
                const auto row =
                    static_cast<std::size_t>(rows.origin + static_cast<std::ptrdiff_t>(tap * window.y.dilation));
                detail::copy_taps(image + row * size.width * size.channels, size.channels, window.x, columns, of, fill,
                                  to);
            }
        }
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
