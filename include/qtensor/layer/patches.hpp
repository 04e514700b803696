// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Patches: what a window sees, as rows of a matrix. A convolution is a product of patches and filters. Only as many
/// patches are made at a time as stay in a cache, so an image never grows by the size of the kernel.

#include "whole_patches.hpp"
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

/// How many bytes the padded rows under one row of windows may have (PaddedRows), on the stack.
inline constexpr std::size_t padded_rows_bytes = 512;

/// The rows under one row of windows with their padding: nothing is cut from a patch in them. Narrow images are mostly
/// edges, and a patch at an edge costs more than two whole ones.
template <class X> class PaddedRows {
public:
    PaddedRows(const Window& window, const ImageSize& size, std::size_t columns, X fill)
        : down_(window.y), size_(size), cells_(cells(window.x, size, columns)),
          before_(window.x.before * size.channels), fill_(fill) {
        const std::size_t row = size.width * size.channels;
        held_ = cells_ - before_ < row ? cells_ - before_ : row;
        for (std::size_t i = 0; i < padded_rows_bytes / sizeof(X); ++i) bytes_[i] = fill;
    }

    /// All windows of a row fit.
    static bool hold(const Window& window, const ImageSize& size, std::size_t columns) {
        return !window.stays_inside() && window.x.dilation == 1 &&
               cells(window.x, size, columns) > window.x.before * size.channels &&
               window.y.kernel * cells(window.x, size, columns) * sizeof(X) + 64 <= padded_rows_bytes;
    }

    /// Reads the rows under the windows of row y of an image.
    void read(const X* image, std::size_t y) {
        const Taps taps = down_.taps(y, size_.height);
        for (std::size_t tap = 0; tap < down_.kernel; ++tap) {
            X* const to = bytes_ + tap * cells_ + before_;
            if (tap < taps.first || tap >= taps.last) {
                for (std::size_t i = 0; i < held_; ++i) to[i] = fill_;
            } else {
                const auto row =
                    static_cast<std::size_t>(taps.origin + static_cast<std::ptrdiff_t>(tap * down_.dilation));
                copy_run(image + row * size_.width * size_.channels, held_, to);
            }
        }
    }

    /// to [count][stride] = the patches from column x on.
    void copy(std::size_t x, std::size_t count, const WindowAxis& across, std::size_t stride, X* to,
              std::size_t writable) const {
        const std::size_t step = across.stride * size_.channels, from = x * step;
        copy_whole_patches(reinterpret_cast<const unsigned char*>(bytes_ + from), padded_rows_bytes - from * sizeof(X),
                           {down_.kernel, across.kernel * size_.channels * sizeof(X), cells_ * sizeof(X),
                            step * sizeof(X), stride * sizeof(X)},
                           count, reinterpret_cast<unsigned char*>(to), writable);
    }

private:
    static std::size_t cells(const WindowAxis& across, const ImageSize& size, std::size_t columns) {
        return ((columns - 1) * across.stride + across.kernel) * size.channels;
    }

    WindowAxis down_;
    ImageSize size_;
    std::size_t cells_, before_, held_ = 0;
    X fill_;
    X bytes_[padded_rows_bytes / sizeof(X)];
};

}  // namespace detail

/// to [count][stride] = the patches of positions [first, first + count), each [taps][of.count] and zeros up to `stride`
/// cells. Positions are those of all images, one after the other: [image][rows][columns].
template <class X>
void copy_patches(const X* images, const ImageSize& size, const Window& window, std::size_t rows, std::size_t columns,
                  std::size_t first, std::size_t count, ChannelRange of, X fill, std::size_t stride, X* to) {
    // Copies of all that the loop reads: bytes that are written may be anything's, as far as the compiler knows.
    const WindowAxis down = window.y, across = window.x;
    const std::size_t channels = size.channels, width = size.width, image_cells = size.size();
    const std::size_t row_cells = across.kernel * of.count;
    const detail::PatchBytes bytes{down.kernel, row_cells * sizeof(X), down.dilation * width * channels * sizeof(X),
                                   across.stride * channels * sizeof(X), stride * sizeof(X)};
    // Columns [inside, outside) see all their taps, as one run of cells.
    const bool adjacent = across.dilation == 1 && of.count == channels && across.kernel <= width + across.before;
    const std::size_t inside = (across.before + across.stride - 1) / across.stride;
    const std::size_t outside = adjacent ? (width + across.before - across.kernel) / across.stride + 1 : 0;
    std::size_t y = first / columns % rows, x = first % columns;
    const X* image = images + first / columns / rows * image_cells;
    if (of.count == channels && detail::PaddedRows<X>::hold(window, size, columns)) {
        detail::PaddedRows<X> padded(window, size, columns, fill);
        for (std::size_t made = 0; count > 0; count -= made, to += made * stride, x = 0) {
            made = columns - x < count ? columns - x : count;
            padded.read(image, y);
            padded.copy(x, made, across, stride, to, count * bytes.stride);
            if (++y == rows) y = 0, image += image_cells;
        }
        return;
    }
    Taps tap_rows = down.taps(y, size.height);
    while (count > 0) {
        std::size_t made = 1;
        if (x >= inside && x < outside && tap_rows.last - tap_rows.first == down.kernel) {
            made = outside - x < columns - x ? outside - x : columns - x;
            made = made < count ? made : count;
            const X* from =
                image +
                (static_cast<std::size_t>(tap_rows.origin) * width + x * across.stride - across.before) * channels;
            detail::copy_whole_patches(reinterpret_cast<const unsigned char*>(from),
                                       static_cast<std::size_t>(image + image_cells - from) * sizeof(X), bytes, made,
                                       reinterpret_cast<unsigned char*>(to), count * bytes.stride);
            to += made * stride;
        } else {
            X* const end = to + stride;
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
            while (to != end) *to++ = X{};
        }
        count -= made;
        x += made;
        if (x == columns) {
            x = 0;
            if (++y == rows) y = 0, image += image_cells;
            tap_rows = down.taps(y, size.height);
        }
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
