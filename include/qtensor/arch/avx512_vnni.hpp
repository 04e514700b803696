// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// AVX-512 VNNI: the dot products of VNNI (vnni.hpp) on 512 bits. Floats are those of AVX-512.

#if defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__) &&              \
    !defined(QTENSOR_NO_SIMD)

#include "avx512bw.hpp"
#include "vnni.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

namespace detail {

struct Bytes512 : Words512 {
    QTENSOR_FORCE_INLINE static __m512i dot(__m512i c, __m512i unsigned_bytes, __m512i signed_bytes) {
        return _mm512_dpbusd_epi32(c, unsigned_bytes, signed_bytes);
    }
    QTENSOR_FORCE_INLINE static __m512i madd(__m512i c, __m512i a, __m512i b) { return _mm512_dpwssd_epi32(c, a, b); }
    template <class X> QTENSOR_FORCE_INLINE static std::int32_t sum(const X* x, std::size_t depth) {
        const __m512i ones = _mm512_set1_epi8(1);
        __m512i sum = _mm512_setzero_si512();
        for (std::size_t at = 0; at < depth; at += 64) {
            const __mmask64 first = depth - at >= 64 ? ~__mmask64{0} : (__mmask64{1} << (depth - at)) - 1;
            const __m512i bytes = _mm512_maskz_loadu_epi8(first, x + at);
            sum = std::is_signed_v<X> ? dot(sum, ones, bytes) : dot(sum, bytes, ones);
        }
        return _mm512_reduce_add_epi32(sum);
    }
    /// Of four rows: their partial sums are transposed and added together.
    template <class X>
    QTENSOR_FORCE_INLINE static void four_sums(const X* const* rows, std::size_t depth, std::int32_t* to) {
        const __m512i ones = _mm512_set1_epi8(1);
        __m512i s[4] = {};
        for (std::size_t at = 0; at < depth; at += 64) {
            const __mmask64 first = depth - at >= 64 ? ~__mmask64{0} : (__mmask64{1} << (depth - at)) - 1;
            QTENSOR_UNROLL
            for (std::size_t r = 0; r < 4; ++r) {
                const __m512i bytes = _mm512_maskz_loadu_epi8(first, rows[r] + at);
                s[r] = std::is_signed_v<X> ? dot(s[r], ones, bytes) : dot(s[r], bytes, ones);
            }
        }
        const __m512i ab = add(_mm512_unpacklo_epi32(s[0], s[1]), _mm512_unpackhi_epi32(s[0], s[1]));
        const __m512i cd = add(_mm512_unpacklo_epi32(s[2], s[3]), _mm512_unpackhi_epi32(s[2], s[3]));
        const __m512i quarters = add(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
        const __m256i halves =
            _mm256_add_epi32(_mm512_castsi512_si256(quarters), _mm512_extracti64x4_epi64(quarters, 1));
        const __m128i sums = _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), sums);
    }
};

}  // namespace detail

template <FitsInt16 X, FitsInt16 W>
    requires(sizeof(X) == 1 && sizeof(W) == 1)
struct Atom<avx512_vnni, X, W> : VnniAtom<detail::Bytes512, X, W, 6, 4> {};
template <FitsInt16 X, std::int32_t Offset>
    requires(sizeof(X) == 1)
struct Atom<avx512_vnni, X, Nibbles<Offset>>
    : NibbleAtom<detail::Bytes512, VnniAtom<detail::Bytes512, X, X, 4, 4>, Offset> {};
template <FitsInt16 X, FitsInt16 W>
    requires(sizeof(X) == 2 || sizeof(W) == 2)
struct Atom<avx512_vnni, X, W> : MaddAtom<detail::Bytes512, X, W, 6, 4> {};
template <> struct Atom<avx512_vnni, float, float> : Atom<avx512bw, float, float> {};

}  // namespace qtensor::inline QTENSOR_ABI::arch

#endif
