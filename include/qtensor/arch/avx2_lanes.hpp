// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What xsimd 8.1 and the compilers' vector types lack on 256 bits: loads and stores that change width, the rounded
/// high product and half precision. Written on registers, so that both kinds of lanes share it. Values to be narrowed
/// are in range already; `count` < 8 touches `count` elements and no other byte.

#if defined(__AVX2__) && !defined(QTENSOR_NO_SIMD)

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
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

template <> struct registers<32> {
    static constexpr std::size_t width = 8;

    /// `count` elements from memory, zeros behind them.
    template <class Register, class T> QTENSOR_FORCE_INLINE static Register bytes(const T* from, std::size_t count) {
        Register value{};
        std::memcpy(&value, from, count * sizeof(T));
        return value;
    }

    QTENSOR_FORCE_INLINE static __m256i load(const std::int32_t* from, std::size_t count) {
        if (count >= width) return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
        return bytes<__m256i>(from, count);
    }
    QTENSOR_FORCE_INLINE static __m256i load(const std::int8_t* from, std::size_t count) {
        const __m128i narrow =
            count >= width ? _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)) : bytes<__m128i>(from, count);
        return _mm256_cvtepi8_epi32(narrow);
    }
    QTENSOR_FORCE_INLINE static __m256i load(const std::uint8_t* from, std::size_t count) {
        const __m128i narrow =
            count >= width ? _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)) : bytes<__m128i>(from, count);
        return _mm256_cvtepu8_epi32(narrow);
    }
    QTENSOR_FORCE_INLINE static __m256i load(const std::int16_t* from, std::size_t count) {
        return _mm256_cvtepi16_epi32(count >= width ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(from))
                                                    : bytes<__m128i>(from, count));
    }
    QTENSOR_FORCE_INLINE static __m256i load(const std::uint16_t* from, std::size_t count) {
        return _mm256_cvtepu16_epi32(count >= width ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(from))
                                                    : bytes<__m128i>(from, count));
    }
    QTENSOR_FORCE_INLINE static __m256 load(const float* from, std::size_t count) {
        return count >= width ? _mm256_loadu_ps(from) : bytes<__m256>(from, count);
    }

    QTENSOR_FORCE_INLINE static void store(std::int32_t* to, __m256i value, std::size_t count) {
        if (count >= width) return _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), value);
        std::memcpy(to, &value, count * sizeof(*to));
    }
    QTENSOR_FORCE_INLINE static void store(float* to, __m256 value, std::size_t count) {
        if (count >= width) return _mm256_storeu_ps(to, value);
        std::memcpy(to, &value, count * sizeof(*to));
    }
    /// The low 16 bits of every lane.
    QTENSOR_FORCE_INLINE static __m128i low_halves(__m256i value) {
        const __m256i even =
            _mm256_shuffle_epi8(value, _mm256_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1,  //
                                                        0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1));
        return _mm256_castsi256_si128(_mm256_permute4x64_epi64(even, 0x08));
    }
    /// 16-bit elements, signed or not.
    template <class T>
    requires(sizeof(T) == 2) QTENSOR_FORCE_INLINE static void store(T* to, __m256i value, std::size_t count) {
        const __m128i narrow = low_halves(value);
        if (count >= width) return _mm_storeu_si128(reinterpret_cast<__m128i*>(to), narrow);
        std::memcpy(to, &narrow, count * sizeof(T));
    }
    /// 8-bit elements, signed or not.
    template <class T>
    requires(sizeof(T) == 1) QTENSOR_FORCE_INLINE static void store(T* to, __m256i value, std::size_t count) {
        const __m256i quarters = _mm256_shuffle_epi8(value, _mm256_set1_epi32(0x0C080400));
        auto bytes = static_cast<std::uint64_t>(_mm_cvtsi128_si64(
            _mm_unpacklo_epi32(_mm256_castsi256_si128(quarters), _mm256_extracti128_si256(quarters, 1))));
        if (count >= width) {
            std::memcpy(to, &bytes, 8);
            return;
        }
        // A memcpy of unknown size is a call.
        if ((count & 4) != 0) {
            std::memcpy(to, &bytes, 4);
            to += 4;
            bytes >>= 32;
        }
        if ((count & 2) != 0) {
            std::memcpy(to, &bytes, 2);
            to += 2;
            bytes >>= 16;
        }
        if ((count & 1) != 0) std::memcpy(to, &bytes, 1);
    }

    /// Two registers as 16-bit or 8-bit elements, signed or not.
    template <class T>
    requires(sizeof(T) <= 2) QTENSOR_FORCE_INLINE static void store_pair(T* to, __m256i a, __m256i b) {
        const bool is_word = sizeof(T) == 2;
        const __m256i packed = is_word && !std::is_signed_v<T> ? _mm256_packus_epi32(a, b) : _mm256_packs_epi32(a, b);
        const __m256i words = _mm256_permute4x64_epi64(packed, 0xD8);
        if constexpr (is_word) {
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), words);
        } else {
            const __m128i low = _mm256_castsi256_si128(words), high = _mm256_extracti128_si256(words, 1);
            _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                             std::is_signed_v<T> ? _mm_packs_epi16(low, high) : _mm_packus_epi16(low, high));
        }
    }

    QTENSOR_FORCE_INLINE static __m256i nearest_int(__m256 x) { return _mm256_cvtps_epi32(x); }
    QTENSOR_FORCE_INLINE static __m256i shift_left(__m256i x, __m256i count) { return _mm256_sllv_epi32(x, count); }
    QTENSOR_FORCE_INLINE static __m256i shift_right(__m256i x, __m256i count) { return _mm256_srav_epi32(x, count); }
    QTENSOR_FORCE_INLINE static __m256 as_float(__m256i bits) { return _mm256_castsi256_ps(bits); }

    /// a * b of the even lanes, on 64 bits. clang makes a plain 64-bit product of it and then needs three
    /// multiplications for b that was read outside of the loop, because it no longer knows that 32 bits are all of it.
    QTENSOR_FORCE_INLINE static __m256i even_products(__m256i a, __m256i b) {
#if defined(__clang__)
        asm volatile("" : "+x"(b));
#endif
        return _mm256_mul_epi32(a, b);
    }

    /// floor((a * b + 2^30) / 2^31) per lane for b >= 0: bits 31 to 62 of a * b + 2^30.
    QTENSOR_FORCE_INLINE static __m256i high_product(__m256i a, __m256i b) {
        const __m256i half = _mm256_set1_epi64x(std::int64_t{1} << 30);
        const __m256i even = _mm256_add_epi64(even_products(a, b), half);
        const __m256i odd = _mm256_add_epi64(even_products(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32)), half);
        return _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_add_epi64(odd, odd), 0xAA);
    }

    /// The same for every b, saturated for a = b = -2^31 (the meaning is lane::doubling_high on one value).
    QTENSOR_FORCE_INLINE static __m256i doubling_high(__m256i a, __m256i b) {
        const __m256i lowest = _mm256_set1_epi32(INT32_MIN);
        const __m256i overflow = _mm256_and_si256(_mm256_cmpeq_epi32(a, lowest), _mm256_cmpeq_epi32(b, lowest));
        return _mm256_xor_si256(high_product(a, b), overflow);  // 0x80000000 ^ 0xffffffff = INT32_MAX
    }

    /// floor((a * b + 2^(count - 1)) / 2^count) on 64 bits, held inside int32, for four products. There is no
    /// arithmetic shift of 64 bits: a sum with its sign bit flipped is shifted logically, and the flipped bit is taken
    /// out again.
    QTENSOR_FORCE_INLINE static __m256i shifted_products(__m256i a, __m256i b, __m256i count) {
        const __m256i sign = _mm256_set1_epi64x(INT64_MIN);
        const __m256i half = _mm256_srli_epi64(_mm256_sllv_epi64(_mm256_set1_epi64x(1), count), 1);
        const __m256i sum = _mm256_add_epi64(even_products(a, b), half);
        const __m256i quotient =
            _mm256_sub_epi64(_mm256_srlv_epi64(_mm256_xor_si256(sum, sign), count), _mm256_srlv_epi64(sign, count));
        const __m256i highest = _mm256_set1_epi64x(INT32_MAX);
        const __m256i lowest = _mm256_set1_epi64x(INT32_MIN);
        const __m256i below = _mm256_blendv_epi8(quotient, highest, _mm256_cmpgt_epi64(quotient, highest));
        return _mm256_blendv_epi8(below, lowest, _mm256_cmpgt_epi64(lowest, below));
    }
    QTENSOR_FORCE_INLINE static __m256i product_shift(__m256i a, __m256i b, __m256i count) {
        const __m256i low_words = _mm256_set1_epi64x(0xffffffff);
        const __m256i even = shifted_products(a, b, _mm256_and_si256(count, low_words));
        const __m256i odd = shifted_products(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32),  //
                                             _mm256_srli_epi64(count, 32));
        return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
    }

#if defined(__FMA__)
    QTENSOR_FORCE_INLINE static __m256 fused(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }
#endif

#if defined(__F16C__)
    QTENSOR_FORCE_INLINE static void store_half(std::uint16_t* to, __m256 value, std::size_t count) {
        const __m128i half = _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT);
        std::memcpy(to, &half, (count < width ? count : width) * sizeof(*to));
    }
    QTENSOR_FORCE_INLINE static __m256 load_half(const std::uint16_t* from, std::size_t count) {
        return _mm256_cvtph_ps(bytes<__m128i>(from, count < width ? count : width));
    }
#endif
};

}  // namespace qtensor::inline QTENSOR_ABI::lane

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#endif
