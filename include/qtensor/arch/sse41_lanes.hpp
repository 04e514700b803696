// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The 128-bit twin of avx2_lanes.hpp for processors that have SSE4.1 and nothing later: there are no shifts by a count
/// per lane, no FMA and no half precision, so the first are made of what there is and the others go value by value.

#if defined(__SSE4_1__) && !defined(QTENSOR_NO_SIMD)

#include <smmintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "half.hpp"
#include "scalar_lanes.hpp"
#include "tags.hpp"

// Inlined into code that knows a small buffer's size, the load or store of a whole register that `count` excludes is
// reported by g++ 12 before it is found to be dead.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
#pragma GCC diagnostic ignored "-Wstringop-overflow"
#endif

namespace qtensor::inline QTENSOR_ABI::lane {

template <> struct registers<16> {
    static constexpr std::size_t width = 4;

    /// `count` < 4 elements from memory, zeros behind them. A memcpy of unknown size is a call.
    template <class T> QTENSOR_FORCE_INLINE static __m128i first(const T* from, std::size_t count) {
        T values[16 / sizeof(T)] = {};
        for (std::size_t i = 0; i < 3; ++i)
            if (i < count) values[i] = from[i];
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(values));
    }
    template <class T> QTENSOR_FORCE_INLINE static __m128i bytes(const T* from, std::size_t count) {
        if (count < width) return first(from, count);
        if constexpr (sizeof(T) == 4) {
            return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
        } else if constexpr (sizeof(T) == 2) {
            return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
        } else {
            std::int32_t word;
            std::memcpy(&word, from, 4);
            return _mm_cvtsi32_si128(word);
        }
    }

    QTENSOR_FORCE_INLINE static __m128i load(const std::int32_t* from, std::size_t count) { return bytes(from, count); }
    QTENSOR_FORCE_INLINE static __m128i load(const std::int8_t* from, std::size_t count) {
        return _mm_cvtepi8_epi32(bytes(from, count));
    }
    QTENSOR_FORCE_INLINE static __m128i load(const std::uint8_t* from, std::size_t count) {
        return _mm_cvtepu8_epi32(bytes(from, count));
    }
    QTENSOR_FORCE_INLINE static __m128i load(const std::int16_t* from, std::size_t count) {
        return _mm_cvtepi16_epi32(bytes(from, count));
    }
    QTENSOR_FORCE_INLINE static __m128i load(const std::uint16_t* from, std::size_t count) {
        return _mm_cvtepu16_epi32(bytes(from, count));
    }
    QTENSOR_FORCE_INLINE static __m128 load(const float* from, std::size_t count) {
        return _mm_castsi128_ps(bytes(from, count));
    }

    /// The first `count` elements of `narrow`, whose elements are as wide as T.
    template <class T> QTENSOR_FORCE_INLINE static void put(T* to, __m128i narrow, std::size_t count) {
        T values[16 / sizeof(T)];
        _mm_storeu_si128(reinterpret_cast<__m128i*>(values), narrow);
        if (count >= width) {
            std::memcpy(to, values, width * sizeof(T));
            return;
        }
        for (std::size_t i = 0; i < 3; ++i)
            if (i < count) to[i] = values[i];
    }
    QTENSOR_FORCE_INLINE static void store(std::int32_t* to, __m128i value, std::size_t count) {
        put(to, value, count);
    }
    QTENSOR_FORCE_INLINE static void store(float* to, __m128 value, std::size_t count) {
        put(to, _mm_castps_si128(value), count);
    }
    /// 16-bit elements, signed or not.
    template <class T>
    requires(sizeof(T) == 2) QTENSOR_FORCE_INLINE static void store(T* to, __m128i value, std::size_t count) {
        put(to, _mm_shuffle_epi8(value, _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1)),
            count);
    }
    /// 8-bit elements, signed or not.
    template <class T>
    requires(sizeof(T) == 1) QTENSOR_FORCE_INLINE static void store(T* to, __m128i value, std::size_t count) {
        put(to, _mm_shuffle_epi8(value, _mm_set1_epi32(0x0C080400)), count);
    }

    /// Two registers as 16-bit or 8-bit elements, signed or not.
    template <class T>
    requires(sizeof(T) <= 2) QTENSOR_FORCE_INLINE static void store_pair(T* to, __m128i a, __m128i b) {
        if constexpr (sizeof(T) == 2) {
            _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                             std::is_signed_v<T> ? _mm_packs_epi32(a, b) : _mm_packus_epi32(a, b));
        } else {
            const __m128i words = _mm_packs_epi32(a, b);
            _mm_storel_epi64(reinterpret_cast<__m128i*>(to),
                             std::is_signed_v<T> ? _mm_packs_epi16(words, words) : _mm_packus_epi16(words, words));
        }
    }

    QTENSOR_FORCE_INLINE static __m128i nearest_int(__m128 x) { return _mm_cvtps_epi32(x); }
    /// x * 2^count. The power is made as a float and converted; 2^31 converts to the int32 with the same bits.
    QTENSOR_FORCE_INLINE static __m128i shift_left(__m128i x, __m128i count) {
        const __m128i exponent = _mm_slli_epi32(_mm_add_epi32(count, _mm_set1_epi32(127)), 23);
        return _mm_mullo_epi32(x, _mm_cvttps_epi32(_mm_castsi128_ps(exponent)));
    }
    /// One shift per lane by a count for all, of which that lane is kept.
    QTENSOR_FORCE_INLINE static __m128i shift_right(__m128i x, __m128i count) {
        const __m128i low = _mm_set_epi32(0, 0, 0, -1);
        const __m128i zeroth = _mm_sra_epi32(x, _mm_and_si128(count, low));
        const __m128i first = _mm_sra_epi32(x, _mm_and_si128(_mm_srli_si128(count, 4), low));
        const __m128i second = _mm_sra_epi32(x, _mm_and_si128(_mm_srli_si128(count, 8), low));
        const __m128i third = _mm_sra_epi32(x, _mm_srli_si128(count, 12));
        return _mm_blend_epi16(_mm_blend_epi16(zeroth, first, 0x0C), _mm_blend_epi16(second, third, 0xC0), 0xF0);
    }
    QTENSOR_FORCE_INLINE static __m128 as_float(__m128i bits) { return _mm_castsi128_ps(bits); }

    /// a * b of the even lanes, on 64 bits; for clang see avx2_lanes.hpp.
    QTENSOR_FORCE_INLINE static __m128i even_products(__m128i a, __m128i b) {
#if defined(__clang__)
        asm volatile("" : "+x"(b));
#endif
        return _mm_mul_epi32(a, b);
    }

    /// floor((a * b + 2^30) / 2^31) per lane for b >= 0: bits 31 to 62 of a * b + 2^30.
    QTENSOR_FORCE_INLINE static __m128i high_product(__m128i a, __m128i b) {
        const __m128i half = _mm_set1_epi64x(std::int64_t{1} << 30);
        const __m128i even = _mm_add_epi64(even_products(a, b), half);
        const __m128i odd = _mm_add_epi64(even_products(_mm_srli_epi64(a, 32), _mm_srli_epi64(b, 32)), half);
        return _mm_blend_epi16(_mm_srli_epi64(even, 31), _mm_add_epi64(odd, odd), 0xCC);
    }

    /// The same for every b, saturated for a = b = -2^31 (the meaning is lane::doubling_high on one value).
    QTENSOR_FORCE_INLINE static __m128i doubling_high(__m128i a, __m128i b) {
        const __m128i lowest = _mm_set1_epi32(INT32_MIN);
        const __m128i overflow = _mm_and_si128(_mm_cmpeq_epi32(a, lowest), _mm_cmpeq_epi32(b, lowest));
        return _mm_xor_si128(high_product(a, b), overflow);  // 0x80000000 ^ 0xffffffff = INT32_MAX
    }

    /// f on every lane of several registers, where there is no instruction: the scalar meaning itself.
    template <class T, class F, class... Registers>
    QTENSOR_FORCE_INLINE static auto each(const F& f, Registers... registers) {
        constexpr std::size_t arguments = sizeof...(Registers);
        T values[arguments][width];
        T* to = values[0];
        ((store(to, registers, width), to += width), ...);
        for (std::size_t i = 0; i < width; ++i) values[0][i] = f(values[0][i], values[1][i], values[2][i]);
        return load(values[0], width);
    }
    QTENSOR_FORCE_INLINE static __m128i product_shift(__m128i a, __m128i b, __m128i count) {
        return each<std::int32_t>(
            [](std::int32_t x, std::int32_t y, std::int32_t n) { return lane::product_shift(x, y, n); }, a, b, count);
    }
    QTENSOR_FORCE_INLINE static __m128 fused(__m128 a, __m128 b, __m128 c) {
        return each<float>([](float x, float y, float z) { return lane::fused(x, y, z); }, a, b, c);
    }

    QTENSOR_FORCE_INLINE static void store_half(std::uint16_t* to, __m128 value, std::size_t count) {
        float values[width];
        _mm_storeu_ps(values, value);
        for (std::size_t i = 0; i < width; ++i)
            if (i < count) to[i] = arch::half_from_float(values[i]);
    }
    QTENSOR_FORCE_INLINE static __m128 load_half(const std::uint16_t* from, std::size_t count) {
        float values[width] = {};
        for (std::size_t i = 0; i < width; ++i)
            if (i < count) values[i] = arch::float_from_half(from[i]);
        return _mm_loadu_ps(values);
    }
};

}  // namespace qtensor::inline QTENSOR_ABI::lane

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#endif
