// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// AVX-512 without VNNI (Skylake-X): vpmaddwd on int16 (madd.hpp) at 512 bits, and the float atom.

#if defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && !defined(QTENSOR_NO_SIMD)

#include <immintrin.h>

#include "atom.hpp"
#include "float_fma.hpp"
#include "madd.hpp"
#include "maddubs.hpp"
#include "nibbles.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

namespace detail {

struct Words512 {
    using Register = __m512i;
    static constexpr bool widens_panels = false;  // 7 % slower: twice the bytes for every load of 64
    QTENSOR_FORCE_INLINE static __m512i load_widened(const std::int8_t* from) {
        return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
    }
    QTENSOR_FORCE_INLINE static __m512i load_widened(const std::uint8_t* from) {
        return _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
    }
    QTENSOR_FORCE_INLINE static __m512i load(const void* from) { return _mm512_loadu_si512(from); }
    QTENSOR_FORCE_INLINE static __m512i load_widened(const std::int16_t* from) { return load(from); }
    QTENSOR_FORCE_INLINE static __m512i broadcast(std::int32_t pair) { return _mm512_set1_epi32(pair); }
    QTENSOR_FORCE_INLINE static __m512i madd(__m512i c, __m512i a, __m512i b) {
        return _mm512_add_epi32(c, _mm512_madd_epi16(a, b));
    }
    QTENSOR_FORCE_INLINE static __m512i maddubs(__m512i unsigned_bytes, __m512i signed_bytes) {
        return _mm512_maddubs_epi16(unsigned_bytes, signed_bytes);
    }
    QTENSOR_FORCE_INLINE static __m512i add_words(__m512i a, __m512i b) { return _mm512_add_epi16(a, b); }
    QTENSOR_FORCE_INLINE static __m512i even_words(__m512i a) { return _mm512_and_si512(a, _mm512_set1_epi32(0xffff)); }
    QTENSOR_FORCE_INLINE static __m512i low_nibbles(__m512i bytes) {
        return _mm512_and_si512(bytes, _mm512_set1_epi8(15));
    }
    QTENSOR_FORCE_INLINE static __m512i high_nibbles(__m512i bytes) { return low_nibbles(_mm512_srli_epi16(bytes, 4)); }
    QTENSOR_FORCE_INLINE static __m512i zero() { return _mm512_setzero_si512(); }
    QTENSOR_FORCE_INLINE static __m512i add(__m512i a, __m512i b) { return _mm512_add_epi32(a, b); }
    template <class T> QTENSOR_FORCE_INLINE static void store(T* to, __m512i value) { _mm512_storeu_si512(to, value); }
};

struct Floats512 {
    using Register = __m512;
    QTENSOR_FORCE_INLINE static __m512 load(const float* from) { return _mm512_loadu_ps(from); }
    QTENSOR_FORCE_INLINE static __m512 broadcast(const float* from) { return _mm512_set1_ps(*from); }
    QTENSOR_FORCE_INLINE static __m512 fma(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }
    QTENSOR_FORCE_INLINE static __m512 zero() { return _mm512_setzero_ps(); }
    QTENSOR_FORCE_INLINE static __m512 add(__m512 a, __m512 b) { return _mm512_add_ps(a, b); }
    QTENSOR_FORCE_INLINE static void store(float* to, __m512 value) { _mm512_storeu_ps(to, value); }
};

}  // namespace detail

template <FitsInt16 X, FitsInt16 W> struct Atom<avx512bw, X, W> : MaddAtom<detail::Words512, X, W, 6, 4> {};
template <FitsInt16 X, std::int32_t Offset, std::size_t Depth>
    requires(sizeof(X) == 1 && Depth > 0)
struct Atom<avx512bw, X, Narrow<Offset, Depth>> : MaddubsAtom<detail::Words512, X, Offset, Depth, 6, 4> {};
template <FitsInt16 X, std::int32_t Offset>
    requires(sizeof(X) == 1)
struct Atom<avx512bw, X, Nibbles<Offset>> : MaddubsNibbles<detail::Words512, X, Offset, 4, 4> {};
template <> struct Atom<avx512bw, float, float> : FloatAtom<detail::Floats512, 6, 4> {};

}  // namespace qtensor::inline QTENSOR_ABI::arch

#endif
