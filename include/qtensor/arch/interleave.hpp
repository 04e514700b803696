// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rows side by side: to[i][s] = rows[s][i], so that a dot-product instruction takes a number of each row at once where
/// a matrix product would give it neighbours of one row (depthwise convolution). On the vector types that g++ and clang
/// share, 128 bits at a time: the results come out in order, which wider shuffles do not give.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

/// x as a cell of another type that holds it: itself, or x + 128 where signed bytes become unsigned ones.
template <class Cell, class X> QTENSOR_FORCE_INLINE constexpr Cell as_cell(X x) {
    if constexpr (std::is_same_v<X, std::int8_t> && std::is_same_v<Cell, std::uint8_t>) {
        return static_cast<Cell>(x + 128);
    } else {
        return static_cast<Cell>(x);
    }
}
/// What as_cell adds.
template <class Cell, class X>
inline constexpr std::int32_t cell_offset =
    std::is_same_v<X, std::int8_t>&& std::is_same_v<Cell, std::uint8_t> ? 128 : 0;

namespace detail {

template <class T, std::size_t Bytes> struct vector_of_bytes { using type [[gnu::vector_size(Bytes)]] = T; };
using Bytes16 = typename vector_of_bytes<unsigned char, 16>::type;
using Words16 = typename vector_of_bytes<short, 16>::type;

template <class V> QTENSOR_FORCE_INLINE V load_as(const void* from) {
    V value;
    std::memcpy(&value, from, sizeof(V));
    return value;
}
template <class V> QTENSOR_FORCE_INLINE void store_as(void* to, V value) { std::memcpy(to, &value, sizeof(V)); }

QTENSOR_FORCE_INLINE Bytes16 low(Bytes16 a, Bytes16 b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
QTENSOR_FORCE_INLINE Bytes16 high(Bytes16 a, Bytes16 b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
QTENSOR_FORCE_INLINE Words16 low(Words16 a, Words16 b) {
    return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
QTENSOR_FORCE_INLINE Words16 high(Words16 a, Words16 b) {
    return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/// Sixteen cells of four rows of bytes.
template <class X>
QTENSOR_FORCE_INLINE void interleave_bytes(const X* row0, const X* row1, const X* row2, const X* row3,
                                           std::uint8_t* to) {
    const Bytes16 flip = Bytes16{} + static_cast<unsigned char>(cell_offset<std::uint8_t, X>);
    const Bytes16 a = load_as<Bytes16>(row0), b = load_as<Bytes16>(row1);
    const Bytes16 c = load_as<Bytes16>(row2), d = load_as<Bytes16>(row3);
    const auto ab_low = reinterpret_cast<Words16>(low(a, b) ^ flip);
    const auto ab_high = reinterpret_cast<Words16>(high(a, b) ^ flip);
    const auto cd_low = reinterpret_cast<Words16>(low(c, d) ^ flip);
    const auto cd_high = reinterpret_cast<Words16>(high(c, d) ^ flip);
    store_as(to, low(ab_low, cd_low));
    store_as(to + 16, high(ab_low, cd_low));
    store_as(to + 32, low(ab_high, cd_high));
    store_as(to + 48, high(ab_high, cd_high));
}

/// `Count` numbers as int16, eight or four.
template <std::size_t Count, class X> QTENSOR_FORCE_INLINE Words16 load_words(const X* from) {
    typename vector_of_bytes<X, 8 * sizeof(X)>::type numbers{};
    std::memcpy(&numbers, from, Count * sizeof(X));
    if constexpr (sizeof(X) == 2) {
        return numbers;
    } else {
        return __builtin_convertvector(numbers, Words16);
    }
}

}  // namespace detail

/// to[i][s] = row(s)[i] as a Cell, for `count` numbers of K rows each. `row` is a function, not an array: g++ keeps
/// the pointers of an array in memory, and the loads wait for them.
template <std::size_t K, class Cell, class Row>
QTENSOR_FORCE_INLINE void interleave(const Row& row, std::size_t count, Cell* to) {
    using X = std::remove_cvref_t<decltype(*row(0))>;
    std::size_t i = 0;
    if constexpr (K == 1 && std::is_same_v<X, Cell>) {
        std::memcpy(to, row(0), count * sizeof(Cell));
        return;
    } else if constexpr (K == 4 && sizeof(X) == 1 && std::is_same_v<Cell, std::uint8_t>) {
        for (; i + 16 <= count; i += 16)
            detail::interleave_bytes(row(0) + i, row(1) + i, row(2) + i, row(3) + i, to + i * K);
    } else if constexpr (K == 2 && std::is_same_v<Cell, std::int16_t>) {
        for (; i + 8 <= count; i += 8) {
            const detail::Words16 a = detail::load_words<8>(row(0) + i), b = detail::load_words<8>(row(1) + i);
            detail::store_as(to + i * K, detail::low(a, b));
            detail::store_as(to + i * K + 8, detail::high(a, b));
        }
        for (; i + 4 <= count; i += 4) {
            const detail::Words16 a = detail::load_words<4>(row(0) + i), b = detail::load_words<4>(row(1) + i);
            detail::store_as(to + i * K, detail::low(a, b));
        }
    }
    for (; i < count; ++i) {
        for (std::size_t s = 0; s < K; ++s) to[i * K + s] = as_cell<Cell>(row(s)[i]);
    }
}

}  // namespace qtensor::inline QTENSOR_ABI::arch
