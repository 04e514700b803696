// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// From real numbers to bytes, several registers at once, with saturation on the way: float to int32 by one
/// instruction, two registers of int32 to one of int16, two of those to one of bytes. A narrow store for each register
/// alone costs more than all arithmetic before it.
///
/// A real number that int32 does not hold (NaN and infinities among them) becomes -2^31, so -2^15 of int16: whoever
/// needs another answer looks for that value and goes another way (tensor/quantize.hpp).

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../base/config.hpp"

#if defined(__AVX2__) && !defined(QTENSOR_NO_SIMD)
#include <immintrin.h>
#endif

namespace qtensor::inline QTENSOR_ABI::lane {

/// Written on registers of so many bytes; specialised where the instructions are.
template <int Bytes> struct narrowing;

#if defined(__AVX2__) && defined(__FMA__) && !defined(QTENSOR_NO_SIMD)

template <> struct narrowing<32> {
    static constexpr std::size_t floats = 8;

    /// RN(x * r + e * r) with e = x - RN(x * r) * s: the quotient x / s but for its last bits where it is far from a
    /// tie (tensor/quantize.hpp has the proof).
    QTENSOR_FORCE_INLINE static __m256 quotient(__m256 x, __m256 scale, __m256 inverse) {
        const __m256 first = _mm256_mul_ps(x, inverse);
        return _mm256_fmadd_ps(_mm256_fnmadd_ps(first, scale, x), inverse, first);
    }
    QTENSOR_FORCE_INLINE static __m256 product(__m256 x, __m256 inverse) { return _mm256_mul_ps(x, inverse); }
    QTENSOR_FORCE_INLINE static __m256 load(const float* from) { return _mm256_loadu_ps(from); }
    QTENSOR_FORCE_INLINE static __m256 all(float x) { return _mm256_set1_ps(x); }
    QTENSOR_FORCE_INLINE static __m256i all(std::int16_t x) { return _mm256_set1_epi16(x); }

    /// The thread rounds to nearest even.
    QTENSOR_FORCE_INLINE static __m256i half_even(__m256 x) { return _mm256_cvtps_epi32(x); }
    QTENSOR_FORCE_INLINE static __m256i toward_zero(__m256 x) { return _mm256_cvttps_epi32(x); }
    QTENSOR_FORCE_INLINE static __m256i floor(__m256 x) { return _mm256_cvttps_epi32(_mm256_floor_ps(x)); }
    QTENSOR_FORCE_INLINE static __m256i ceil(__m256 x) { return _mm256_cvttps_epi32(_mm256_ceil_ps(x)); }
    /// trunc(x + copysign(1/2 - 2^-25, x)): the sum reaches the next integer exactly where |x| has half of it.
    QTENSOR_FORCE_INLINE static __m256i half_away(__m256 x) {
        return _mm256_cvttps_epi32(_mm256_add_ps(x, with_sign(_mm256_set1_ps(0x1.fffffep-2f), x)));
    }
    QTENSOR_FORCE_INLINE static __m256i half_up(__m256 x) {
        const __m256 below = _mm256_floor_ps(x);
        const __m256 up = _mm256_cmp_ps(_mm256_sub_ps(x, below), _mm256_set1_ps(0.5f), _CMP_GE_OQ);
        return _mm256_sub_epi32(_mm256_cvttps_epi32(below), _mm256_castps_si256(up));
    }

    QTENSOR_FORCE_INLINE static __m256i to_int16(__m256i a, __m256i b) { return _mm256_packs_epi32(a, b); }

    /// x * factor + offset to the nearest int32: a number with 16 bits of fraction.
    QTENSOR_FORCE_INLINE static __m256i fixed(__m256 x, __m256 factor, __m256 offset) {
        return _mm256_cvtps_epi32(_mm256_fmadd_ps(x, factor, offset));
    }
    QTENSOR_FORCE_INLINE static __m256 to_float(__m256i x) { return _mm256_cvtepi32_ps(x); }
    QTENSOR_FORCE_INLINE static __m256 add(__m256 a, __m256 b) { return _mm256_add_ps(a, b); }
    /// `size`, which is not negative, with the sign of x.
    QTENSOR_FORCE_INLINE static __m256 with_sign(__m256 size, __m256 x) {
        return _mm256_or_ps(size, _mm256_and_ps(x, _mm256_set1_ps(-0.0f)));
    }
    /// The upper halves of every lane, those of a and b taking turns.
    QTENSOR_FORCE_INLINE static __m256i upper(__m256i a, __m256i b) {
        return _mm256_blend_epi16(_mm256_srli_epi32(a, 16), b, 0xAA);
    }
    /// What upper(a, b) and upper(c, d) made, in the order a b c d.
    template <class T> QTENSOR_FORCE_INLINE static void store_upper(T* to, __m256i ab, __m256i cd) {
        const __m256i bytes = std::is_signed_v<T> ? _mm256_packs_epi16(ab, cd) : _mm256_packus_epi16(ab, cd);
        const __m256i fours = _mm256_setr_epi8(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15,  //
                                               0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15);
        const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                            _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(bytes, fours), order));
    }
    /// One more where the word is below `bound`.
    QTENSOR_FORCE_INLINE static __m256i up_below(__m256i a, __m256i bound) {
        return _mm256_sub_epi16(a, _mm256_cmpgt_epi16(bound, a));
    }
    QTENSOR_FORCE_INLINE static __m256i unsigned_min(__m256i a, __m256i b) { return _mm256_min_epu16(a, b); }
    /// The lower half of some lane is less than `bound`, unsigned.
    QTENSOR_FORCE_INLINE static bool any_lower_below(__m256i a, std::int16_t bound) {
        const __m256i last = _mm256_set1_epi16(static_cast<std::int16_t>(bound - 1));
        return (_mm256_movemask_epi8(_mm256_cmpeq_epi16(_mm256_min_epu16(a, last), a)) & 0x33333333) != 0;
    }
    QTENSOR_FORCE_INLINE static __m256i add(__m256i a, __m256i b) { return _mm256_adds_epi16(a, b); }
    QTENSOR_FORCE_INLINE static __m256i min(__m256i a, __m256i b) { return _mm256_min_epi16(a, b); }
    QTENSOR_FORCE_INLINE static __m256i max(__m256i a, __m256i b) { return _mm256_max_epi16(a, b); }
    QTENSOR_FORCE_INLINE static bool holds_lowest(__m256i a) {
        return _mm256_movemask_epi8(_mm256_cmpeq_epi16(a, _mm256_set1_epi16(INT16_MIN))) != 0;
    }
    /// What to_int16(a, b) and to_int16(c, d) made, in the order a b c d, held in T.
    template <class T> QTENSOR_FORCE_INLINE static void store(T* to, __m256i ab, __m256i cd) {
        static_assert(sizeof(T) == 1);
        const __m256i bytes = std::is_signed_v<T> ? _mm256_packs_epi16(ab, cd) : _mm256_packus_epi16(ab, cd);
        const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_permutevar8x32_epi32(bytes, order));
    }
    /// The same for a and b alone.
    template <class T> QTENSOR_FORCE_INLINE static void store(T* to, __m256i ab) {
        static_assert(sizeof(T) == 1);
        const __m128i low = _mm256_castsi256_si128(ab), high = _mm256_extracti128_si256(ab, 1);
        const __m128i bytes = std::is_signed_v<T> ? _mm_packs_epi16(low, high) : _mm_packus_epi16(low, high);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_shuffle_epi32(bytes, _MM_SHUFFLE(3, 1, 2, 0)));
    }
};

#endif

#if defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__) && !defined(QTENSOR_NO_SIMD)

/// The same on 512 bits.
template <> struct narrowing<64> {
    static constexpr std::size_t floats = 16;

    QTENSOR_FORCE_INLINE static __m512 quotient(__m512 x, __m512 scale, __m512 inverse) {
        const __m512 first = _mm512_mul_ps(x, inverse);
        return _mm512_fmadd_ps(_mm512_fnmadd_ps(first, scale, x), inverse, first);
    }
    QTENSOR_FORCE_INLINE static __m512 product(__m512 x, __m512 inverse) { return _mm512_mul_ps(x, inverse); }
    QTENSOR_FORCE_INLINE static __m512 load(const float* from) { return _mm512_loadu_ps(from); }
    QTENSOR_FORCE_INLINE static __m512 all(float x) { return _mm512_set1_ps(x); }
    QTENSOR_FORCE_INLINE static __m512i all(std::int16_t x) { return _mm512_set1_epi16(x); }

    QTENSOR_FORCE_INLINE static __m512i half_even(__m512 x) { return _mm512_cvtps_epi32(x); }
    QTENSOR_FORCE_INLINE static __m512i toward_zero(__m512 x) { return _mm512_cvttps_epi32(x); }
    QTENSOR_FORCE_INLINE static __m512i floor(__m512 x) {
        return _mm512_cvt_roundps_epi32(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    }
    QTENSOR_FORCE_INLINE static __m512i ceil(__m512 x) {
        return _mm512_cvt_roundps_epi32(x, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
    }
    QTENSOR_FORCE_INLINE static __m512i half_away(__m512 x) {
        return _mm512_cvttps_epi32(_mm512_add_ps(x, with_sign(_mm512_set1_ps(0x1.fffffep-2f), x)));
    }
    /// floor(x + 1/2): rounded down, the sum has the floor that it would have exactly.
    QTENSOR_FORCE_INLINE static __m512i half_up(__m512 x) {
        return floor(_mm512_add_round_ps(x, _mm512_set1_ps(0.5f), _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC));
    }

    QTENSOR_FORCE_INLINE static __m512i to_int16(__m512i a, __m512i b) { return _mm512_packs_epi32(a, b); }

    QTENSOR_FORCE_INLINE static __m512i fixed(__m512 x, __m512 factor, __m512 offset) {
        return _mm512_cvtps_epi32(_mm512_fmadd_ps(x, factor, offset));
    }
    QTENSOR_FORCE_INLINE static __m512 to_float(__m512i x) { return _mm512_cvtepi32_ps(x); }
    QTENSOR_FORCE_INLINE static __m512 add(__m512 a, __m512 b) { return _mm512_add_ps(a, b); }
    QTENSOR_FORCE_INLINE static __m512 with_sign(__m512 size, __m512 x) {
        const __m512i signs = _mm512_set1_epi32(INT32_MIN);
        return _mm512_castsi512_ps(
            _mm512_ternarylogic_epi32(_mm512_castps_si512(size), _mm512_castps_si512(x), signs, 0xF8));
    }
    /// The upper halves of every lane, as to_int16 orders them.
    QTENSOR_FORCE_INLINE static __m512i upper(__m512i a, __m512i b) {
        const __m512i odd = _mm512_setr_epi32(0x00030001, 0x00070005, 0x00230021, 0x00270025,  //
                                              0x000B0009, 0x000F000D, 0x002B0029, 0x002F002D,  //
                                              0x00130011, 0x00170015, 0x00330031, 0x00370035,  //
                                              0x001B0019, 0x001F001D, 0x003B0039, 0x003F003D);
        return _mm512_permutex2var_epi16(a, odd, b);
    }
    template <class T> QTENSOR_FORCE_INLINE static void store_upper(T* to, __m512i ab, __m512i cd) {
        store(to, ab, cd);
    }
    QTENSOR_FORCE_INLINE static __m512i up_below(__m512i a, __m512i bound) {
        return _mm512_mask_add_epi16(a, _mm512_cmplt_epi16_mask(a, bound), a, _mm512_set1_epi16(1));
    }
    QTENSOR_FORCE_INLINE static __m512i unsigned_min(__m512i a, __m512i b) { return _mm512_min_epu16(a, b); }
    QTENSOR_FORCE_INLINE static bool any_lower_below(__m512i a, std::int16_t bound) {
        return _mm512_mask_cmplt_epu16_mask(0x55555555u, a, _mm512_set1_epi16(bound)) != 0;
    }
    QTENSOR_FORCE_INLINE static __m512i add(__m512i a, __m512i b) { return _mm512_adds_epi16(a, b); }
    QTENSOR_FORCE_INLINE static __m512i min(__m512i a, __m512i b) { return _mm512_min_epi16(a, b); }
    QTENSOR_FORCE_INLINE static __m512i max(__m512i a, __m512i b) { return _mm512_max_epi16(a, b); }
    QTENSOR_FORCE_INLINE static bool holds_lowest(__m512i a) {
        return _mm512_cmpeq_epi16_mask(a, _mm512_set1_epi16(INT16_MIN)) != 0;
    }
    template <class T> QTENSOR_FORCE_INLINE static void store(T* to, __m512i ab, __m512i cd) {
        static_assert(sizeof(T) == 1);
        const __m512i bytes = std::is_signed_v<T> ? _mm512_packs_epi16(ab, cd) : _mm512_packus_epi16(ab, cd);
        const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        _mm512_storeu_si512(to, _mm512_permutexvar_epi32(order, bytes));
    }
    /// The same for a and b alone.
    template <class T> QTENSOR_FORCE_INLINE static void store(T* to, __m512i ab) {
        static_assert(sizeof(T) == 1);
        const __m256i low = _mm512_castsi512_si256(ab), high = _mm512_extracti64x4_epi64(ab, 1);
        const __m256i bytes = std::is_signed_v<T> ? _mm256_packs_epi16(low, high) : _mm256_packus_epi16(low, high);
        const __m256i order = _mm256_setr_epi32(0, 4, 2, 6, 1, 5, 3, 7);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_permutevar8x32_epi32(bytes, order));
    }
};

#endif

/// This architecture has it.
template <class Arch>
concept Narrows = requires { narrowing<Arch::lane_bytes>::floats; };

}  // namespace qtensor::inline QTENSOR_ABI::lane
