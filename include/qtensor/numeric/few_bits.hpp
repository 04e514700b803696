// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Weights of one or two bits: the elements `ternary` and `binary`. Packing for a kernel makes four bits of them; what
/// they save is memory, and their range lets products be deep.

#include "../arch/lanes.hpp"
#include "element.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// -1, 0 or 1 in two bits of two's complement, four to a byte, lowest bits first.
struct ternary {};

/// 1 or -1 in one bit, which is set for -1; eight to a byte, lowest bit first. There is no 0: what is not negative is
/// stored as 1.
struct binary {};

template <> struct element<ternary> {
    using value = std::int8_t;
    using cell = std::uint8_t;
    static constexpr std::size_t per_cell = 4;
    static constexpr std::int64_t lowest = -1;
    static constexpr std::int64_t highest = 1;
    /// The pattern 10 is no code; it reads as -2, which packing refuses.
    static constexpr value load(const cell* cells, std::integral auto i) {
        const int bits = (cells[(i - (i & 3)) / 4] >> (2 * static_cast<int>(i & 3))) & 3;
        return static_cast<value>((bits ^ 2) - 2);
    }
    static constexpr void store(cell* cells, std::integral auto i, value v) {
        const unsigned shift = 2 * static_cast<unsigned>(i & 3);
        cell& four = cells[(i - (i & 3)) / 4];
        four = static_cast<cell>((four & ~(3u << shift)) | ((static_cast<unsigned>(v) & 3u) << shift));
    }
};

template <> struct element<binary> {
    using value = std::int8_t;
    using cell = std::uint8_t;
    static constexpr std::size_t per_cell = 8;
    static constexpr std::int64_t lowest = -1;
    static constexpr std::int64_t highest = 1;
    static constexpr value load(const cell* cells, std::integral auto i) {
        const int bit = (cells[(i - (i & 7)) / 8] >> static_cast<int>(i & 7)) & 1;
        return static_cast<value>(1 - 2 * bit);
    }
    static constexpr void store(cell* cells, std::integral auto i, value v) {
        const unsigned shift = static_cast<unsigned>(i & 7);
        cell& eight = cells[(i - (i & 7)) / 8];
        eight = static_cast<cell>((eight & ~(1u << shift)) | ((v < 0 ? 1u : 0u) << shift));
    }
};

/// The rounding of binary weights: -1 for negative numbers, 1 for all others, NaN among them (XNOR-Net's sign).
struct Sign {
    template <class F> static constexpr F round(F x) {
        return lane::select(x < lane::broadcast<F>(0.0f), lane::broadcast<F>(-1.0f), lane::broadcast<F>(1.0f));
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
