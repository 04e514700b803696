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
    QTENSOR_FORCE_INLINE static __m512i load(const void* from) { return _mm512_loadu_si512(from); }
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
};

}  // namespace detail

template <FitsInt16 X, FitsInt16 W>
    requires(sizeof(X) == 1 && sizeof(W) == 1)
struct Atom<avx512_vnni, X, W> : VnniAtom<detail::Bytes512, X, W, 6, 4> {};
template <FitsInt16 X, FitsInt16 W>
    requires(sizeof(X) == 2 || sizeof(W) == 2)
struct Atom<avx512_vnni, X, W> : MaddAtom<detail::Bytes512, X, W, 6, 4> {};
template <> struct Atom<avx512_vnni, float, float> : Atom<avx512bw, float, float> {};

}  // namespace qtensor::inline QTENSOR_ABI::arch

#endif
