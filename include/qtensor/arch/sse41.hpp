// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// SSE4.1: pmaddwd on int16 (madd.hpp), and the float atom, which multiplies and adds in two roundings unless the
/// translation unit has FMA.

#if defined(__SSE4_1__) && !defined(QTENSOR_NO_SIMD)

#if defined(__FMA__)
#include <immintrin.h>
#else
#include <smmintrin.h>
#endif

#include "atom.hpp"
#include "float_fma.hpp"
#include "madd.hpp"
#include "maddubs.hpp"
#include "nibbles.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

namespace detail {

struct Words128 {
    using Register = __m128i;
    static constexpr bool widens_panels = true;
    QTENSOR_FORCE_INLINE static __m128i load_widened(const std::int8_t* from) {
        return _mm_cvtepi8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
    }
    QTENSOR_FORCE_INLINE static __m128i load_widened(const std::uint8_t* from) {
        return _mm_cvtepu8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
    }
    QTENSOR_FORCE_INLINE static __m128i load(const void* from) {
        return _mm_loadu_si128(static_cast<const __m128i*>(from));
    }
    QTENSOR_FORCE_INLINE static __m128i load_widened(const std::int16_t* from) { return load(from); }
    QTENSOR_FORCE_INLINE static __m128i broadcast(std::int32_t pair) { return _mm_set1_epi32(pair); }
    QTENSOR_FORCE_INLINE static __m128i madd(__m128i c, __m128i a, __m128i b) {
        return _mm_add_epi32(c, _mm_madd_epi16(a, b));
    }
    QTENSOR_FORCE_INLINE static __m128i maddubs(__m128i unsigned_bytes, __m128i signed_bytes) {
        return _mm_maddubs_epi16(unsigned_bytes, signed_bytes);
    }
    QTENSOR_FORCE_INLINE static __m128i add_words(__m128i a, __m128i b) { return _mm_add_epi16(a, b); }
    QTENSOR_FORCE_INLINE static __m128i even_words(__m128i a) { return _mm_and_si128(a, _mm_set1_epi32(0xffff)); }
    QTENSOR_FORCE_INLINE static __m128i low_nibbles(__m128i bytes) { return _mm_and_si128(bytes, _mm_set1_epi8(15)); }
    QTENSOR_FORCE_INLINE static __m128i high_nibbles(__m128i bytes) { return low_nibbles(_mm_srli_epi16(bytes, 4)); }
    QTENSOR_FORCE_INLINE static __m128i zero() { return _mm_setzero_si128(); }
    QTENSOR_FORCE_INLINE static __m128i add(__m128i a, __m128i b) { return _mm_add_epi32(a, b); }
    template <class T> QTENSOR_FORCE_INLINE static void store(T* to, __m128i value) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), value);
    }
};

struct Floats128 {
    using Register = __m128;
    QTENSOR_FORCE_INLINE static __m128 load(const float* from) { return _mm_loadu_ps(from); }
    QTENSOR_FORCE_INLINE static __m128 broadcast(const float* from) { return _mm_set1_ps(*from); }
    QTENSOR_FORCE_INLINE static __m128 fma(__m128 a, __m128 b, __m128 c) {
#if defined(__FMA__)
        return _mm_fmadd_ps(a, b, c);
#else
        return _mm_add_ps(c, _mm_mul_ps(a, b));
#endif
    }
    QTENSOR_FORCE_INLINE static __m128 zero() { return _mm_setzero_ps(); }
    QTENSOR_FORCE_INLINE static __m128 add(__m128 a, __m128 b) { return _mm_add_ps(a, b); }
    QTENSOR_FORCE_INLINE static void store(float* to, __m128 value) { _mm_storeu_ps(to, value); }
};

}  // namespace detail

template <FitsInt16 X, FitsInt16 W> struct Atom<sse41, X, W> : MaddAtom<detail::Words128, X, W, 6, 2> {};
template <FitsInt16 X, std::int32_t Offset, std::size_t Depth>
    requires(sizeof(X) == 1 && Depth > 0)
struct Atom<sse41, X, Narrow<Offset, Depth>> : MaddubsAtom<detail::Words128, X, Offset, Depth, 6, 2> {};
template <FitsInt16 X, std::int32_t Offset>
    requires(sizeof(X) == 1)
struct Atom<sse41, X, Nibbles<Offset>> : MaddubsNibbles<detail::Words128, X, Offset, 4, 2> {};
template <> struct Atom<sse41, float, float> : FloatAtom<detail::Floats128, 6, 2> {};

}  // namespace qtensor::inline QTENSOR_ABI::arch

#endif
