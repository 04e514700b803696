// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Patches that nothing is cut from, copied as bytes: what most patches of an image are (patches.hpp).

#include <cstddef>
#include <cstring>

#include "../base/config.hpp"
#include "../base/shape.hpp"

namespace qtensor::inline QTENSOR_ABI {

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

}  // namespace qtensor::inline QTENSOR_ABI
