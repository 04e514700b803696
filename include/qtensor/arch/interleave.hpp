// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rows side by side: to[i][s] = rows[s][i], so that a dot-product instruction takes a number of each row at once where
/// a matrix product would give it neighbours of one row (depthwise convolution). A register of them is written by one
/// store: whoever reads it back would wait for two. The compiler then keeps it in a register.

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
template <class V> QTENSOR_FORCE_INLINE void store_as(void* to, const V& value) { std::memcpy(to, &value, sizeof(V)); }

#if defined(__AVX512BW__) && defined(__AVX512VL__) && !defined(QTENSOR_NO_SIMD)
/// Sixteen cells of four rows of bytes. Before VBMI (Ice Lake, Zen 4) no instruction carries bytes across 128 bits, so
/// words of four take them to their quarter first.
template <class X>
QTENSOR_FORCE_INLINE void interleave_sixteen(const X* row0, const X* row1, const X* row2, const X* row3,
                                             std::uint8_t* to) {
    const auto pair = [](const X* a, const X* b) __attribute__((always_inline)) {
        const __m128i first = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a));
        const __m128i second = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b));
        return _mm256_inserti128_si256(_mm256_castsi128_si256(first), second, 1);
    };
    const __m512i first = _mm512_castsi256_si512(pair(row0, row1));
    const __m256i second = pair(row2, row3);
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
    __m512i bytes = _mm512_permutex2var_epi8(first, _mm512_load_si512(order.of), _mm512_castsi256_si512(second));
#else
    const __m512i words = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i order = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    __m512i bytes = _mm512_permutexvar_epi32(words, _mm512_inserti64x4(first, second, 1));
    bytes = _mm512_shuffle_epi8(bytes, order);
#endif
    if constexpr (cell_offset<std::uint8_t, X> != 0) bytes = _mm512_xor_si512(bytes, _mm512_set1_epi8(-128));
    _mm512_storeu_si512(to, bytes);
}
#endif

/// Whole registers of `Bytes`, from number `i` on. Not by memcpy: g++ copies halves, and whoever reads a whole register
/// back waits for both.
template <std::size_t Bytes, class T>
QTENSOR_FORCE_INLINE std::size_t copy_registers(const T* from, std::size_t i, std::size_t count, T* to) {
    constexpr std::size_t numbers = Bytes / sizeof(T);
    for (; i + numbers <= count; i += numbers)
        store_as(to + i, load_as<typename vector_of_bytes<unsigned char, Bytes>::type>(from + i));
    return i;
}

/// Eight cells of four rows of bytes.
template <class X>
QTENSOR_FORCE_INLINE void interleave_eight(const X* row0, const X* row1, const X* row2, const X* row3,
                                           std::uint8_t* to) {
    using Eight = typename vector_of_bytes<unsigned char, 8>::type;
    const auto pairs = [](const X* a, const X* b) __attribute__((always_inline)) {
        return __builtin_shufflevector(load_as<Eight>(a), load_as<Eight>(b), 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6,
                                       14, 7, 15) ^
               (Bytes16{} + static_cast<unsigned char>(cell_offset<std::uint8_t, X>));
    };
    const auto ab = reinterpret_cast<Words16>(pairs(row0, row1)), cd = reinterpret_cast<Words16>(pairs(row2, row3));
    const Words16 low = __builtin_shufflevector(ab, cd, 0, 8, 1, 9, 2, 10, 3, 11);
    const Words16 high = __builtin_shufflevector(ab, cd, 4, 12, 5, 13, 6, 14, 7, 15);
    store_as(to, __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

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
#if defined(__AVX512F__) && !defined(QTENSOR_NO_SIMD)
        i = detail::copy_registers<64>(row(0), i, count, to);
#endif
#if defined(__AVX2__) && !defined(QTENSOR_NO_SIMD)
        i = detail::copy_registers<32>(row(0), i, count, to);
#endif
        i = detail::copy_registers<16>(row(0), i, count, to);
    } else if constexpr (K == 4 && sizeof(X) == 1 && std::is_same_v<Cell, std::uint8_t>) {
#if defined(__AVX512BW__) && defined(__AVX512VL__) && !defined(QTENSOR_NO_SIMD)
        for (; i + 16 <= count; i += 16)
            detail::interleave_sixteen(row(0) + i, row(1) + i, row(2) + i, row(3) + i, to + i * K);
#endif
        for (; i + 8 <= count; i += 8)
            detail::interleave_eight(row(0) + i, row(1) + i, row(2) + i, row(3) + i, to + i * K);
    } else if constexpr (K == 2 && std::is_same_v<Cell, std::int16_t>) {
        for (; i + 8 <= count; i += 8) detail::interleave_words<8>(row(0) + i, row(1) + i, to + i * K);
        for (; i + 4 <= count; i += 4) detail::interleave_words<4>(row(0) + i, row(1) + i, to + i * K);
    }
    for (; i < count; ++i) {
        for (std::size_t s = 0; s < K; ++s) to[i * K + s] = as_cell<Cell>(row(s)[i]);
    }
}

}  // namespace qtensor::inline QTENSOR_ABI::arch
