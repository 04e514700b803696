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

/// memcpy of a length that is not a constant is a call, and most runs of taps are a few bytes (the three channels of a
/// photograph) or a few registers. The last register overlaps the one before.
template <class X> QTENSOR_FORCE_INLINE void copy_run(const X* from, std::size_t count, X* to) {
    const std::size_t bytes = count * sizeof(X);
    const auto* source = reinterpret_cast<const unsigned char*>(from);
    auto* target = reinterpret_cast<unsigned char*>(to);
    const auto both_ends = [&]<std::size_t Bytes>() {
        std::memcpy(target, source, Bytes), std::memcpy(target + bytes - Bytes, source + bytes - Bytes, Bytes);
    };
    if (bytes > 256) {
        std::memcpy(to, from, bytes);
    } else if (bytes >= 32) {
        for (std::size_t at = 0; at + 32 <= bytes; at += 32) std::memcpy(target + at, source + at, 32);
        std::memcpy(target + bytes - 32, source + bytes - 32, 32);
    } else if (bytes >= 16) {
        both_ends.template operator()<16>();
    } else if (bytes >= 8) {
        both_ends.template operator()<8>();
    } else if (bytes >= 4) {
        both_ends.template operator()<4>();
    } else {
        for (std::size_t at = 0; at < bytes; ++at) target[at] = source[at];
    }
}

/// One row of taps: what is inside is copied, what is outside is `fill`.
template <class X>
QTENSOR_FORCE_INLINE void copy_taps(const X* row, std::size_t channels, const WindowAxis& axis, const Taps& taps,
                                    ChannelRange of, X fill, X* to) {
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
        copy_run(from(taps.first), (taps.last - taps.first) * of.count, to + taps.first * of.count);
    } else {
        for (std::size_t tap = taps.first; tap < taps.last; ++tap) copy_run(from(tap), of.count, to + tap * of.count);
    }
    put(taps.last, axis.kernel - taps.last);
}

}  // namespace detail

/// to [count][stride] = the patches of positions [first, first + count), each [taps][of.count] and zeros up to `stride`
/// cells. Positions are those of all images, one after the other: [image][rows][columns].
template <class X>
void copy_patches(const X* images, const ImageSize& size, const Window& window, std::size_t rows, std::size_t columns,
                  std::size_t first, std::size_t count, ChannelRange of, X fill, std::size_t stride, X* to) {
    // Copies of all that the loop reads: bytes that are written may be anything's, as far as the compiler knows.
    const WindowAxis down = window.y, across = window.x;
    const std::size_t channels = size.channels, width = size.width, image_cells = size.size();
    const std::size_t row_cells = across.kernel * of.count, pitch = down.dilation * width * channels;
    const std::size_t rest = stride - down.kernel * row_cells;
    const bool adjacent = across.dilation == 1 && of.count == channels;
    std::size_t y = first / columns % rows, x = first % columns;
    const X* image = images + first / columns / rows * image_cells;
    Taps tap_rows = down.taps(y, size.height);
    for (std::size_t at = 0; at < count; ++at) {
        const std::size_t left = x * across.stride;
        if (adjacent && left >= across.before && left - across.before + across.kernel <= width &&
            tap_rows.last - tap_rows.first == down.kernel) {  // nothing is outside
            const X* from =
                image + (static_cast<std::size_t>(tap_rows.origin) * width + left - across.before) * channels;
            for (std::size_t tap = 0; tap < down.kernel; ++tap, to += row_cells, from += pitch)
                detail::copy_run(from, row_cells, to);
        } else {
            const Taps tap_columns = across.taps(x, width);
            for (std::size_t tap = 0; tap < down.kernel; ++tap, to += row_cells) {
                if (tap < tap_rows.first || tap >= tap_rows.last) {
                    for (std::size_t i = 0; i < row_cells; ++i) to[i] = fill;
                } else {
                    const auto row =
                        static_cast<std::size_t>(tap_rows.origin + static_cast<std::ptrdiff_t>(tap * down.dilation));
                    detail::copy_taps(image + row * width * channels, channels, across, tap_columns, of, fill, to);
                }
            }
        }
        for (std::size_t i = 0; i < rest; ++i) *to++ = X{};
        if (++x == columns) {
            x = 0;
            if (++y == rows) y = 0, image += image_cells;
            tap_rows = down.taps(y, size.height);
        }
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
