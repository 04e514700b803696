// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// AVX-512 VNNI: vpdpbusd adds four u8 x s8 products to each of 16 int32, without saturation. For signed activations
/// the *weights* are stored as u8 (w + 128), once, so activations are broadcast from memory as they are. Also the float
/// atom.

#if defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__) && !defined(QTENSOR_NO_SIMD)

#include <immintrin.h>

#include <cstring>
#include <type_traits>

#include "atom.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

namespace detail {

template <class X, class W> struct VnniAtom {
    static constexpr std::size_t m = 1, n = 16, k = 4, tile_m = 6, tile_n = 4;
    static constexpr bool x_signed = std::is_signed_v<X>;
    static constexpr bool in_place = true;
    using accumulator = std::int32_t;
    using a_cell = X;
    using packed =
        std::conditional_t<x_signed, std::uint8_t, std::int8_t>;  // the side of the instruction that x leaves
    static constexpr std::int32_t w_offset = x_signed == std::is_signed_v<W> ? (x_signed ? 128 : -128) : 0;
    using A = __m512i;
    using B = __m512i;
    using C = __m512i;

    QTENSOR_FORCE_INLINE static A load_a(const X* const* rows, std::size_t at) {
        std::int32_t word;
        std::memcpy(&word, rows[0] + at, 4);
        return _mm512_set1_epi32(word);
    }
    QTENSOR_FORCE_INLINE static B load_b(const packed* panel) { return _mm512_loadu_si512(panel); }
    QTENSOR_FORCE_INLINE static C zero() { return _mm512_setzero_si512(); }
    QTENSOR_FORCE_INLINE static C add(C a, C b) { return _mm512_add_epi32(a, b); }
    QTENSOR_FORCE_INLINE static C mma(C c, A a, B b) {
        if constexpr (x_signed) {
            return _mm512_dpbusd_epi32(c, b, a);
        } else {
            return _mm512_dpbusd_epi32(c, a, b);
        }
    }
    QTENSOR_FORCE_INLINE static void store(std::int32_t* to, std::size_t, C c) { _mm512_storeu_si512(to, c); }

    QTENSOR_FORCE_INLINE static std::int32_t row_sum(const X* x, std::size_t depth) {
        const __m512i ones = _mm512_set1_epi8(1);
        __m512i sum = _mm512_setzero_si512();
        for (std::size_t at = 0; at < depth; at += 64) {
            const __mmask64 first = depth - at >= 64 ? ~__mmask64{0} : (__mmask64{1} << (depth - at)) - 1;
            const __m512i bytes = _mm512_maskz_loadu_epi8(first, x + at);
            sum = x_signed ? _mm512_dpbusd_epi32(sum, ones, bytes) : _mm512_dpbusd_epi32(sum, bytes, ones);
        }
        return _mm512_reduce_add_epi32(sum);
    }
};

}  // namespace detail

template <class X, class W>
    requires(sizeof(X) == 1 && sizeof(W) == 1)
struct Atom<avx512_vnni, X, W> : detail::VnniAtom<X, W> {};

template <> struct Atom<avx512_vnni, float, float> {
    static constexpr std::size_t m = 1, n = 16, k = 1, tile_m = 6, tile_n = 4;
    static constexpr bool in_place = true;
    using accumulator = float;
    using a_cell = float;
    using packed = float;
    using A = __m512;
    using B = __m512;
    using C = __m512;

    QTENSOR_FORCE_INLINE static A load_a(const float* const* rows, std::size_t at) {
        return _mm512_set1_ps(rows[0][at]);
    }
    QTENSOR_FORCE_INLINE static B load_b(const float* panel) { return _mm512_loadu_ps(panel); }
    QTENSOR_FORCE_INLINE static C zero() { return _mm512_setzero_ps(); }
    QTENSOR_FORCE_INLINE static C add(C a, C b) { return _mm512_add_ps(a, b); }
    QTENSOR_FORCE_INLINE static C mma(C c, A a, B b) { return _mm512_fmadd_ps(a, b, c); }
    QTENSOR_FORCE_INLINE static void store(float* to, std::size_t, C c) { _mm512_storeu_ps(to, c); }
};

}  // namespace qtensor::inline QTENSOR_ABI::arch

#endif
