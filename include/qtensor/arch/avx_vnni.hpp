// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// AVX-VNNI: the dot products of VNNI (vnni.hpp) on 256 bits, for processors without AVX-512 (Alder Lake and later).
/// Floats are AVX2's.

#if defined(__AVXVNNI__) && defined(__AVX2__) && !defined(QTENSOR_NO_SIMD)

#include "avx2.hpp"
#include "vnni.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

namespace detail {

struct Bytes256 : Words256 {
    QTENSOR_FORCE_INLINE static __m256i dot(__m256i c, __m256i unsigned_bytes, __m256i signed_bytes) {
        return _mm256_dpbusd_avx_epi32(c, unsigned_bytes, signed_bytes);
    }
    QTENSOR_FORCE_INLINE static __m256i madd(__m256i c, __m256i a, __m256i b) {
        return _mm256_dpwssd_avx_epi32(c, a, b);
    }
    template <class X> QTENSOR_FORCE_INLINE static std::int32_t sum(const X* x, std::size_t depth) {
        return MaddAtom<Bytes256, X, X, 1, 1>::row_sum(x, depth);
    }
};

}  // namespace detail

template <FitsInt16 X, FitsInt16 W>
    requires(sizeof(X) == 1 && sizeof(W) == 1)
struct Atom<avx_vnni, X, W> : VnniAtom<detail::Bytes256, X, W, 6, 2> {};
template <FitsInt16 X, std::int32_t Offset>
    requires(sizeof(X) == 1)
struct Atom<avx_vnni, X, Nibbles<Offset>>
    : NibbleAtom<detail::Bytes256, VnniAtom<detail::Bytes256, X, X, 4, 2>, Offset> {};
template <FitsInt16 X, FitsInt16 W>
    requires(sizeof(X) == 2 || sizeof(W) == 2)
struct Atom<avx_vnni, X, W> : MaddAtom<detail::Bytes256, X, W, 6, 2> {};
#if defined(__FMA__)
template <> struct Atom<avx_vnni, float, float> : Atom<avx2, float, float> {};
#endif

}  // namespace qtensor::inline QTENSOR_ABI::arch

#endif
