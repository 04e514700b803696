// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The 512-bit twin of avx2_lanes.hpp: loads and stores that change width, the rounded high product, half precision.
/// `count` < 16 is a mask, so no byte behind the operand is touched.

#if defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__) && !defined(QTENSOR_NO_SIMD)

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../base/config.hpp"
#include "tags.hpp"

// Inlined into code that knows a small buffer's size, the load or store of a whole register that `count` excludes is
// reported by g++ 12 before it is found to be dead.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
#pragma GCC diagnostic ignored "-Wstringop-overflow"
#endif

namespace qtensor::inline QTENSOR_ABI::lane {

template <> struct registers<64> {
    static constexpr std::size_t width = 16;

    QTENSOR_FORCE_INLINE static __mmask16 first(std::size_t count) {
        return static_cast<__mmask16>(count >= width ? 0xffffu : (1u << count) - 1u);
    }

    QTENSOR_FORCE_INLINE static __m512i load(const std::int32_t* from, std::size_t count) {
        return _mm512_maskz_loadu_epi32(first(count), from);
    }
    QTENSOR_FORCE_INLINE static __m512i load(const std::int8_t* from, std::size_t count) {
        return _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(first(count), from));
    }
    QTENSOR_FORCE_INLINE static __m512i load(const std::uint8_t* from, std::size_t count) {
        return _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(first(count), from));
    }
    QTENSOR_FORCE_INLINE static __m512i load(const std::int16_t* from, std::size_t count) {
        return _mm512_cvtepi16_epi32(_mm256_maskz_loadu_epi16(first(count), from));
    }
    QTENSOR_FORCE_INLINE static __m512i load(const std::uint16_t* from, std::size_t count) {
        return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(first(count), from));
    }
    QTENSOR_FORCE_INLINE static __m512 load(const float* from, std::size_t count) {
        return _mm512_maskz_loadu_ps(first(count), from);
    }

    QTENSOR_FORCE_INLINE static void store(std::int32_t* to, __m512i value, std::size_t count) {
        _mm512_mask_storeu_epi32(to, first(count), value);
    }
    QTENSOR_FORCE_INLINE static void store(float* to, __m512 value, std::size_t count) {
        _mm512_mask_storeu_ps(to, first(count), value);
    }
    template <class T>
    requires(sizeof(T) == 2) QTENSOR_FORCE_INLINE static void store(T* to, __m512i value, std::size_t count) {
        const __m256i narrow = _mm512_cvtepi32_epi16(value);
        _mm256_mask_storeu_epi16(to, first(count), narrow);
    }
    template <class T>
    requires(sizeof(T) == 1) QTENSOR_FORCE_INLINE static void store(T* to, __m512i value, std::size_t count) {
        const __m128i narrow = _mm512_cvtepi32_epi8(value);
        _mm_mask_storeu_epi8(to, first(count), narrow);
    }

    /// Two registers as 16-bit elements, four as 8-bit ones, signed or not.
    template <class T>
    requires(sizeof(T) == 2) QTENSOR_FORCE_INLINE static void store_pair(T* to, __m512i a, __m512i b) {
        const __m512i words = std::is_signed_v<T> ? _mm512_packs_epi32(a, b) : _mm512_packus_epi32(a, b);
        _mm512_storeu_si512(to, _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), words));
    }
    template <class T>
    requires(sizeof(T) == 1) QTENSOR_FORCE_INLINE
        static void store_four(T* to, __m512i a, __m512i b, __m512i c, __m512i d) {
        const __m512i ab = _mm512_packs_epi32(a, b), cd = _mm512_packs_epi32(c, d);
        const __m512i bytes = std::is_signed_v<T> ? _mm512_packs_epi16(ab, cd) : _mm512_packus_epi16(ab, cd);
        const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        _mm512_storeu_si512(to, _mm512_permutexvar_epi32(order, bytes));
    }

    QTENSOR_FORCE_INLINE static __m512i nearest_int(__m512 x) {
        return _mm512_cvt_roundps_epi32(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    }
    QTENSOR_FORCE_INLINE static __m512i shift_left(__m512i x, __m512i count) { return _mm512_sllv_epi32(x, count); }
    QTENSOR_FORCE_INLINE static __m512i shift_right(__m512i x, __m512i count) { return _mm512_srav_epi32(x, count); }
    QTENSOR_FORCE_INLINE static __m512 as_float(__m512i bits) { return _mm512_castsi512_ps(bits); }

    /// floor((a * b + 2^30) / 2^31) per lane for b >= 0: the high halves of 2 (a * b) + 2^31. Adds and shuffles instead
    /// of shifts, because shifts share their only port with the multiplications.
    QTENSOR_FORCE_INLINE static __m512i high_product(__m512i a, __m512i b) {
        const __m512i nudge = _mm512_set1_epi64(std::int64_t{1} << 31);
        const __m512i even = _mm512_mul_epi32(a, b);
        const __m512i odd =
            _mm512_mul_epi32(_mm512_shuffle_epi32(a, _MM_PERM_DDBB), _mm512_shuffle_epi32(b, _MM_PERM_DDBB));
        const __m512i even_high = _mm512_add_epi64(_mm512_add_epi64(even, even), nudge);
        const __m512i odd_high = _mm512_add_epi64(_mm512_add_epi64(odd, odd), nudge);
        return _mm512_mask_shuffle_epi32(odd_high, __mmask16{0x5555}, even_high, _MM_PERM_DDBB);
    }

    /// The same for every b, saturated for a = b = -2^31 (the meaning is lane::doubling_high on one value).
    QTENSOR_FORCE_INLINE static __m512i doubling_high(__m512i a, __m512i b) {
        const __m512i lowest = _mm512_set1_epi32(INT32_MIN);
        const __mmask16 overflow = _mm512_mask_cmpeq_epi32_mask(_mm512_cmpeq_epi32_mask(a, lowest), b, lowest);
        return _mm512_mask_mov_epi32(high_product(a, b), overflow, _mm512_set1_epi32(INT32_MAX));
    }

    /// floor((a * b + 2^(count - 1)) / 2^count) on 64 bits, held inside int32, for eight products.
    QTENSOR_FORCE_INLINE static __m512i shifted_products(__m512i a, __m512i b, __m512i count) {
        const __m512i half = _mm512_srli_epi64(_mm512_sllv_epi64(_mm512_set1_epi64(1), count), 1);
        const __m512i quotient = _mm512_srav_epi64(_mm512_add_epi64(_mm512_mul_epi32(a, b), half), count);
        return _mm512_max_epi64(_mm512_min_epi64(quotient, _mm512_set1_epi64(INT32_MAX)), _mm512_set1_epi64(INT32_MIN));
    }
    QTENSOR_FORCE_INLINE static __m512i product_shift(__m512i a, __m512i b, __m512i count) {
        const __m512i even = shifted_products(a, b, _mm512_and_si512(count, _mm512_set1_epi64(0xffffffff)));
        const __m512i odd = shifted_products(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32),  //
                                             _mm512_srli_epi64(count, 32));
        return _mm512_mask_mov_epi32(even, __mmask16{0xAAAA}, _mm512_slli_epi64(odd, 32));
    }

    QTENSOR_FORCE_INLINE static __m512 fused(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }

    QTENSOR_FORCE_INLINE static void store_half(std::uint16_t* to, __m512 value, std::size_t count) {
        _mm256_mask_storeu_epi16(to, first(count), _mm512_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT));
    }
    QTENSOR_FORCE_INLINE static __m512 load_half(const std::uint16_t* from, std::size_t count) {
        return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(first(count), from));
    }
};

}  // namespace qtensor::inline QTENSOR_ABI::lane

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#endif
