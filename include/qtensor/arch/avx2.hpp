// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// AVX2: eight-bit operands are widened to int16 and vpmaddwd adds two products to each of 8 int32. Exact for every
/// value, where vpmaddubsw would saturate; activations are widened once per row block, weights at each load. Also the
/// float atom.

#if defined(__AVX2__) && !defined(QTENSOR_NO_SIMD)

#include <immintrin.h>

#include <cstring>
#include <type_traits>

#include "atom.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

template <class X, class W>
    requires(sizeof(X) == 1 && sizeof(W) == 1)
struct Atom<avx2, X, W> {
    static constexpr std::size_t m = 1, n = 8, k = 2, tile_m = 6, tile_n = 2;
    static constexpr bool in_place = false;
    using accumulator = std::int32_t;
    using a_cell = std::int16_t;
    using packed = std::int8_t;
    static constexpr std::int32_t w_offset = std::is_signed_v<W> ? 0 : -128;
    using A = __m256i;
    using B = __m256i;
    using C = __m256i;

    QTENSOR_FORCE_INLINE static A load_a(const std::int16_t* const* rows, std::size_t at) {
        std::int32_t pair;
        std::memcpy(&pair, rows[0] + at, 4);
        return _mm256_set1_epi32(pair);
    }
    QTENSOR_FORCE_INLINE static B load_b(const std::int8_t* panel) {
        return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(panel)));
    }
    QTENSOR_FORCE_INLINE static C zero() { return _mm256_setzero_si256(); }
    QTENSOR_FORCE_INLINE static C add(C a, C b) { return _mm256_add_epi32(a, b); }
    QTENSOR_FORCE_INLINE static C mma(C c, A a, B b) { return _mm256_add_epi32(c, _mm256_madd_epi16(a, b)); }
    QTENSOR_FORCE_INLINE static void store(std::int32_t* to, std::size_t, C c) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), c);
    }

    QTENSOR_FORCE_INLINE static std::int32_t row_sum(const X* x, std::size_t depth) {
        // vpsadbw sums unsigned bytes; signed ones are shifted by 128 first and the shift is taken back.
        const __m256i flip = std::is_signed_v<X> ? _mm256_set1_epi8(-128) : _mm256_setzero_si256();
        __m256i sums = _mm256_setzero_si256();
        std::size_t at = 0;
        for (; at + 32 <= depth; at += 32) {
            const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + at));
            sums = _mm256_add_epi64(sums, _mm256_sad_epu8(_mm256_xor_si256(bytes, flip), _mm256_setzero_si256()));
        }
        const std::int64_t shifted = _mm256_extract_epi64(sums, 0) + _mm256_extract_epi64(sums, 1) +
                                     _mm256_extract_epi64(sums, 2) + _mm256_extract_epi64(sums, 3);
        std::int64_t sum = shifted - (std::is_signed_v<X> ? static_cast<std::int64_t>(at) * 128 : 0);
        for (; at < depth; ++at) sum += x[at];
        return static_cast<std::int32_t>(sum);
    }

    QTENSOR_FORCE_INLINE static void widen_row(const X* x, std::size_t depth, std::int16_t* to) {
        std::size_t at = 0;
        for (; at + 16 <= depth; at += 16) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(x + at));
            const __m256i wide = std::is_signed_v<X> ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + at), wide);
        }
        for (; at < depth; ++at) to[at] = x[at];
        if (depth % k != 0) to[depth] = 0;
    }
};

#if defined(__FMA__)
template <> struct Atom<avx2, float, float> {
    static constexpr std::size_t m = 1, n = 8, k = 1, tile_m = 6, tile_n = 2;
    static constexpr bool in_place = true;
    using accumulator = float;
    using a_cell = float;
    using packed = float;
    using A = __m256;
    using B = __m256;
    using C = __m256;

    QTENSOR_FORCE_INLINE static A load_a(const float* const* rows, std::size_t at) {
        return _mm256_broadcast_ss(rows[0] + at);
    }
    QTENSOR_FORCE_INLINE static B load_b(const float* panel) { return _mm256_loadu_ps(panel); }
    QTENSOR_FORCE_INLINE static C zero() { return _mm256_setzero_ps(); }
    QTENSOR_FORCE_INLINE static C add(C a, C b) { return _mm256_add_ps(a, b); }
    QTENSOR_FORCE_INLINE static C mma(C c, A a, B b) { return _mm256_fmadd_ps(a, b, c); }
    QTENSOR_FORCE_INLINE static void store(float* to, std::size_t, C c) { _mm256_storeu_ps(to, c); }
};
#endif

}  // namespace qtensor::inline QTENSOR_ABI::arch

#endif
