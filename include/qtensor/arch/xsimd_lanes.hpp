// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Vector lanes through xsimd 8.1 and later: `xsimd::batch` and the part of the vocabulary that xsimd speaks.

#include "../base/config.hpp"

#if QTENSOR_HAS_XSIMD

#include <xsimd/xsimd.hpp>

#include <concepts>
#include <cstdint>

#include "tags.hpp"

namespace qtensor::inline QTENSOR_ABI::lane {

template <int Bytes> struct xsimd_registers;
template <> struct xsimd_registers<16> {
    using type = xsimd::sse4_1;
};
#if defined(__AVX2__)
template <> struct xsimd_registers<32> {
    using type = xsimd::avx2;
};
#endif
#if defined(__AVX512BW__) && defined(__AVX512DQ__)
template <> struct xsimd_registers<64> {
    using type = xsimd::avx512bw;
};
#endif

template <class T, class Arch>
using vector_of = xsimd::batch<T, typename xsimd_registers<Arch::lane_bytes>::type>;

template <class V>
concept Vector = requires { typename V::register_type; };

template <Vector V> using vector_element = typename V::value_type;
template <Vector V> using vector_ints = xsimd::batch<std::int32_t, typename V::arch_type>;
template <Vector V> using vector_floats = xsimd::batch<float, typename V::arch_type>;
template <Vector V> inline constexpr std::size_t vector_width = V::size;

template <Vector V> QTENSOR_FORCE_INLINE auto to_register(V x) { return static_cast<typename V::register_type>(x); }
template <Vector V, class Register> QTENSOR_FORCE_INLINE V from_register(Register bits) { return V(bits); }
template <Vector V> QTENSOR_FORCE_INLINE V broadcast(vector_element<V> value) { return V(value); }

template <Vector V, class M> QTENSOR_FORCE_INLINE V select(M condition, V yes, V no) {
#if defined(__AVX512BW__)
    // xsimd 8.1 names every integer width here, and at -O0 g++ cannot compile the widths that do not apply.
    if constexpr (sizeof(V) == 64 && std::integral<vector_element<V>>) {
        return V(_mm512_mask_mov_epi32(no, condition, yes));
    } else {
        return xsimd::select(condition, yes, no);
    }
#else
    return xsimd::select(condition, yes, no);
#endif
}
template <Vector V> QTENSOR_FORCE_INLINE V min(V a, V b) { return xsimd::min(a, b); }
template <Vector V> QTENSOR_FORCE_INLINE V max(V a, V b) { return xsimd::max(a, b); }
template <Vector V> QTENSOR_FORCE_INLINE V floor(V x) { return xsimd::floor(x); }
template <Vector V> QTENSOR_FORCE_INLINE V trunc(V x) { return xsimd::trunc(x); }
template <Vector V> QTENSOR_FORCE_INLINE V nearest_even(V x) {
    return xsimd::nearbyint(x);  // an instruction that names its rounding mode; the thread's mode plays no part
}
template <Vector V> QTENSOR_FORCE_INLINE auto to_float(V x) { return xsimd::to_float(x); }
template <Vector V> QTENSOR_FORCE_INLINE auto to_int(V x) { return xsimd::to_int(x); }

}  // namespace qtensor::inline QTENSOR_ABI::lane

#endif
