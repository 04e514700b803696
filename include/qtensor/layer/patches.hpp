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

/// How patches that nothing is cut from lie in an image and in the matrix, in bytes: `rows` runs of `run` bytes,
/// `pitch` apart there and close together here; neighbours are `step` apart there and `stride` here, zeros behind the
/// runs.
struct PatchBytes {
    std::size_t rows, run, pitch, step, stride;
};

/// `count` of them in whole registers of `Bytes`: what is too much is overwritten by the run behind it, so the caller
/// sees to it that there is one and that as much may be read. To the byte where `Bytes` is 0. `Rows` unless it is dyn.
template <std::size_t Bytes, std::size_t Rows>
inline void copy_whole_patches(const unsigned char* from, const PatchBytes of, std::size_t count, unsigned char* to) {
    for (; count > 0; --count, from += of.step) {
        unsigned char* const end = to + of.stride;
        const unsigned char* row = from;
        const auto copy_row = [&]() __attribute__((always_inline)) {
            if constexpr (Bytes == 0) {
                copy_run(row, of.run, to);
            } else {
                std::memcpy(to, row, Bytes);
                for (std::size_t at = Bytes; at < of.run; at += Bytes) std::memcpy(to + at, row + at, Bytes);
            }
            row += of.pitch, to += of.run;
        };
        if constexpr (Rows == dyn) {
            for (std::size_t r = 0; r < of.rows; ++r) copy_row();
        } else {
            QTENSOR_UNROLL
            for (std::size_t r = 0; r < Rows; ++r) copy_row();
        }
        // Not one loop over bytes, which g++ makes a call of memset.
        const auto rest = static_cast<std::size_t>(end - to);
        if (rest & 1) *to++ = 0;
        if (rest & 2) std::memset(to, 0, 2), to += 2;
        for (; to != end; to += 4) std::memset(to, 0, 4);
    }
}

/// The same, in whole registers as far as `readable` bytes from `from` on and `writable` bytes from `to` on allow.
inline void copy_whole_patches(const unsigned char* from, std::size_t readable, const PatchBytes of, std::size_t count,
                               unsigned char* to, std::size_t writable) {
    const std::size_t bytes = of.run <= 16 ? 16 : of.run <= 32 ? 32 : 64;
    const auto within = [&](std::size_t room, std::size_t pitch, std::size_t step) {
        const std::size_t reach = (of.rows - 1) * pitch + round_up(of.run, bytes);
        return room < reach ? 0 : (room - reach) / step + 1;
    };
    const std::size_t read = within(readable, of.pitch, of.step), written = within(writable, of.run, of.stride);
    const std::size_t most = read < written ? read : written, wide = most < count ? most : count;
    if (bytes == 16 && of.rows == 3) {  // 3 x 3 taps of a photograph
        copy_whole_patches<16, 3>(from, of, wide, to);
    } else if (bytes == 16) {
        copy_whole_patches<16, dyn>(from, of, wide, to);
    } else if (bytes == 32) {
        copy_whole_patches<32, dyn>(from, of, wide, to);
    } else {
        copy_whole_patches<64, dyn>(from, of, wide, to);
    }
    copy_whole_patches<0, dyn>(from + wide * of.step, of, count - wide, to + wide * of.stride);
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
    const std::size_t row_cells = across.kernel * of.count;
    const detail::PatchBytes bytes{down.kernel, row_cells * sizeof(X), down.dilation * width * channels * sizeof(X),
                                   across.stride * channels * sizeof(X), stride * sizeof(X)};
    // Columns [inside, outside) see all their taps, as one run of cells.
    const bool adjacent = across.dilation == 1 && of.count == channels && across.kernel <= width + across.before;
    const std::size_t inside = (across.before + across.stride - 1) / across.stride;
    const std::size_t outside = adjacent ? (width + across.before - across.kernel) / across.stride + 1 : 0;
    std::size_t y = first / columns % rows, x = first % columns;
    const X* image = images + first / columns / rows * image_cells;
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
