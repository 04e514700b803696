// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// AVX2: vpmaddwd on int16 (madd.hpp), and the float atom.

#if defined(__AVX2__) && !defined(QTENSOR_NO_SIMD)

#include <immintrin.h>

#include "atom.hpp"
#include "float_fma.hpp"
#include "madd.hpp"
#include "maddubs.hpp"
#include "nibbles.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

namespace detail {

struct Words256 {
    using Register = __m256i;
    static constexpr bool widens_panels = true;  // two of 28 instructions of a step, on the ports of additions
    QTENSOR_FORCE_INLINE static __m256i load_widened(const std::int8_t* from) {
        return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
    }
    QTENSOR_FORCE_INLINE static __m256i load_widened(const std::uint8_t* from) {
        return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
    }
    QTENSOR_FORCE_INLINE static __m256i load(const void* from) {
        return _mm256_loadu_si256(static_cast<const __m256i*>(from));
    }
    QTENSOR_FORCE_INLINE static __m256i load_widened(const std::int16_t* from) { return load(from); }
    QTENSOR_FORCE_INLINE static __m256i broadcast(std::int32_t pair) { return _mm256_set1_epi32(pair); }
    QTENSOR_FORCE_INLINE static __m256i madd(__m256i c, __m256i a, __m256i b) {
        return _mm256_add_epi32(c, _mm256_madd_epi16(a, b));
    }
    QTENSOR_FORCE_INLINE static __m256i maddubs(__m256i unsigned_bytes, __m256i signed_bytes) {
        return _mm256_maddubs_epi16(unsigned_bytes, signed_bytes);
    }
    QTENSOR_FORCE_INLINE static __m256i add_words(__m256i a, __m256i b) { return _mm256_add_epi16(a, b); }
    QTENSOR_FORCE_INLINE static __m256i even_words(__m256i a) { return _mm256_and_si256(a, _mm256_set1_epi32(0xffff)); }
    QTENSOR_FORCE_INLINE static __m256i low_nibbles(__m256i bytes) {
        return _mm256_and_si256(bytes, _mm256_set1_epi8(15));
    }
    QTENSOR_FORCE_INLINE static __m256i high_nibbles(__m256i bytes) { return low_nibbles(_mm256_srli_epi16(bytes, 4)); }
    QTENSOR_FORCE_INLINE static __m256i zero() { return _mm256_setzero_si256(); }
    QTENSOR_FORCE_INLINE static __m256i add(__m256i a, __m256i b) { return _mm256_add_epi32(a, b); }
    template <class T> QTENSOR_FORCE_INLINE static void store(T* to, __m256i value) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), value);
    }
};

#if defined(__FMA__)
struct Floats256 {
    using Register = __m256;
    QTENSOR_FORCE_INLINE static __m256 load(const float* from) { return _mm256_loadu_ps(from); }
    QTENSOR_FORCE_INLINE static __m256 broadcast(const float* from) { return _mm256_broadcast_ss(from); }
    QTENSOR_FORCE_INLINE static __m256 fma(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }
    QTENSOR_FORCE_INLINE static __m256 zero() { return _mm256_setzero_ps(); }
    QTENSOR_FORCE_INLINE static __m256 add(__m256 a, __m256 b) { return _mm256_add_ps(a, b); }
    QTENSOR_FORCE_INLINE static void store(float* to, __m256 value) { _mm256_storeu_ps(to, value); }
};
#endif

}  // namespace detail

template <FitsInt16 X, FitsInt16 W> struct Atom<avx2, X, W> : MaddAtom<detail::Words256, X, W, 6, 2> {};
template <FitsInt16 X, std::int32_t Offset, std::size_t Depth>
    requires(sizeof(X) == 1 && Depth > 0)
struct Atom<avx2, X, Narrow<Offset, Depth>> : MaddubsAtom<detail::Words256, X, Offset, Depth, 6, 2> {};
template <FitsInt16 X, std::int32_t Offset>
    requires(sizeof(X) == 1)
struct Atom<avx2, X, Nibbles<Offset>> : MaddubsNibbles<detail::Words256, X, Offset, 4, 2> {};
#if defined(__FMA__)
template <> struct Atom<avx2, float, float> : FloatAtom<detail::Floats256, 6, 2> {};
#endif

}  // namespace qtensor::inline QTENSOR_ABI::arch

#endif
