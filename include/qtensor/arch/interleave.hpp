// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rows side by side: to[i][s] = rows[s][i], so that a dot-product instruction takes a number of each row at once where
/// a matrix product would give it neighbours of one row (depthwise convolution). On the vector types that g++ and clang
/// share, 128 bits at a time: the results come out in order, which wider shuffles do not give before AVX-512.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "../base/config.hpp"

#if defined(__AVX2__) && !defined(QTENSOR_NO_SIMD)
#include <immintrin.h>
#endif

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
    std::is_same_v<X, std::int8_t> && std::is_same_v<Cell, std::uint8_t> ? 128 : 0;

namespace detail {

template <class T, std::size_t Bytes> struct vector_of_bytes {
    using type [[gnu::vector_size(Bytes)]] = T;
};
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

/// Sixteen cells of four rows of bytes, where AVX-512 is in one store: whoever reads them as a register does not wait
/// for four.
#if defined(__AVX512BW__) && !defined(QTENSOR_NO_SIMD)
template <class X>
QTENSOR_FORCE_INLINE void interleave_bytes(const X* row0, const X* row1, const X* row2, const X* row3,
                                           std::uint8_t* to) {
    const auto pair = [](const X* a, const X* b) __attribute__((always_inline)) {
        const __m128i first = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a));
        const __m128i second = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b));
        return _mm512_castsi256_si512(_mm256_inserti128_si256(_mm256_castsi128_si256(first), second, 1));
    };
#if defined(__AVX512VBMI__)
    struct Order {
        std::uint8_t of[64];
        constexpr Order() : of() {
            for (unsigned i = 0; i < 64; ++i) {
                const unsigned row = i % 4;
                of[i] = static_cast<std::uint8_t>(i / 4 + row % 2 * 16 + row / 2 * 64);
            }
        }
    };
    alignas(64) static constexpr Order order;
    __m512i bytes = _mm512_permutex2var_epi8(pair(row0, row1), _mm512_load_si512(order.of), pair(row2, row3));
#else
    // 128 bits get four cells of each row, then four bytes of four rows change places.
    const __m512i rows = _mm512_inserti64x4(pair(row0, row1), _mm512_castsi512_si256(pair(row2, row3)), 1);
    const __m512i fours = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i bytes_of_cells =
        _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    __m512i bytes = _mm512_shuffle_epi8(_mm512_permutexvar_epi32(fours, rows), bytes_of_cells);
#endif
    if constexpr (cell_offset<std::uint8_t, X> != 0) bytes = _mm512_xor_si512(bytes, _mm512_set1_epi8(-128));
    _mm512_storeu_si512(to, bytes);
}
#else
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
#endif

#if defined(__AVX2__) && !defined(__AVX512BW__)
using Bytes32 = typename vector_of_bytes<unsigned char, 32>::type;
using Words32 = typename vector_of_bytes<short, 32>::type;

QTENSOR_FORCE_INLINE Bytes32 load_pair(const void* first, const void* second) {
    return __builtin_shufflevector(load_as<Bytes16>(first), load_as<Bytes16>(second), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
                                   11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
}
QTENSOR_FORCE_INLINE Bytes32 low(Bytes32 a, Bytes32 b) {
    return __builtin_shufflevector(a, b, 0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 16, 48, 17, 49, 18, 50,
                                   19, 51, 20, 52, 21, 53, 22, 54, 23, 55);
}
QTENSOR_FORCE_INLINE Bytes32 high(Bytes32 a, Bytes32 b) {
    return __builtin_shufflevector(a, b, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47, 24, 56, 25, 57,
                                   26, 58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63);
}
QTENSOR_FORCE_INLINE Words32 low(Words32 a, Words32 b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 8, 24, 9, 25, 10, 26, 11, 27);
}
QTENSOR_FORCE_INLINE Words32 high(Words32 a, Words32 b) {
    return __builtin_shufflevector(a, b, 4, 20, 5, 21, 6, 22, 7, 23, 12, 28, 13, 29, 14, 30, 15, 31);
}
/// Either half to its own place.
QTENSOR_FORCE_INLINE void store_pair(std::uint8_t* first, std::uint8_t* second, Words32 both) {
    store_as(first, __builtin_shufflevector(both, both, 0, 1, 2, 3, 4, 5, 6, 7));
    store_as(second, __builtin_shufflevector(both, both, 8, 9, 10, 11, 12, 13, 14, 15));
}

/// interleave_bytes twice: in either half of wider registers.
template <class First, class Second>
QTENSOR_FORCE_INLINE void interleave_bytes_twice(const First& first, const Second& second, std::uint8_t* to) {
    using X = std::remove_cvref_t<decltype(*first(0))>;
    const Bytes32 flip = Bytes32{} + static_cast<unsigned char>(cell_offset<std::uint8_t, X>);
    const Bytes32 a = load_pair(first(0), second(0)), b = load_pair(first(1), second(1));
    const Bytes32 c = load_pair(first(2), second(2)), d = load_pair(first(3), second(3));
    const auto ab_low = reinterpret_cast<Words32>(low(a, b) ^ flip);
    const auto ab_high = reinterpret_cast<Words32>(high(a, b) ^ flip);
    const auto cd_low = reinterpret_cast<Words32>(low(c, d) ^ flip);
    const auto cd_high = reinterpret_cast<Words32>(high(c, d) ^ flip);
    store_pair(to, to + 64, low(ab_low, cd_low));
    store_pair(to + 16, to + 80, high(ab_low, cd_low));
    store_pair(to + 32, to + 96, low(ab_high, cd_high));
    store_pair(to + 48, to + 112, high(ab_high, cd_high));
}
#endif

/// `Count` pairs of int16, eight or four, in one store: whoever reads them as a register does not wait for two. Bytes
/// are laid side by side first and widened together.
template <std::size_t Count, class X>
QTENSOR_FORCE_INLINE void interleave_words(const X* row0, const X* row1, std::int16_t* to) {
    using Numbers = typename vector_of_bytes<X, Count * sizeof(X)>::type;
    const Numbers a = load_as<Numbers>(row0), b = load_as<Numbers>(row1);
    [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
        const auto pairs = __builtin_shufflevector(a, b, (I / 2 + I % 2 * Count)...);
#if defined(__AVX2__) && !defined(QTENSOR_NO_SIMD)
        if constexpr (sizeof(pairs) == 16 && sizeof(X) == 1) {  // g++ 12 widens either half by itself and joins them
            const auto bytes = reinterpret_cast<__m128i>(pairs);
            return store_as(to, std::is_signed_v<X> ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes));
        }
#endif
        store_as(to, __builtin_convertvector(pairs, typename vector_of_bytes<short, Count * 4>::type));
    }(std::make_index_sequence<2 * Count>{});
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
        for (; i + 8 <= count; i += 8) detail::interleave_words<8>(row(0) + i, row(1) + i, to + i * K);
        for (; i + 4 <= count; i += 4) detail::interleave_words<4>(row(0) + i, row(1) + i, to + i * K);
    }
    for (; i < count; ++i) {
        for (std::size_t s = 0; s < K; ++s) to[i * K + s] = as_cell<Cell>(row(s)[i]);
    }
}

/// interleave of `first` to to[0] and of `second` to to[Width K]: two columns of an image at once, `Width` the numbers
/// of a register.
template <std::size_t K, std::size_t Width, class Cell, class First, class Second>
QTENSOR_FORCE_INLINE void interleave_two(const First& first, const Second& second, std::size_t count, Cell* to) {
#if defined(__AVX2__) && !defined(__AVX512BW__)
    using X = std::remove_cvref_t<decltype(*first(0))>;
    if constexpr (K == 4 && Width == 16 && sizeof(X) == 1 && std::is_same_v<Cell, std::uint8_t>) {
        if (count == Width) return detail::interleave_bytes_twice(first, second, to);
    }
#endif
    interleave<K>(first, count, to);
    interleave<K>(second, count, to + Width * K);
}

}  // namespace qtensor::inline QTENSOR_ABI::arch
