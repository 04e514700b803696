// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Vector lanes where xsimd is absent: the vector types that g++ and clang share. They give operators; the rest of the
/// vocabulary is spelt with them, so no intrinsic appears and the bits equal those of the scalar lanes.

#include "../base/config.hpp"

#if !QTENSOR_HAS_XSIMD

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tags.hpp"

namespace qtensor::inline QTENSOR_ABI::lane {

template <class T, int Bytes> struct builtin_vector {
    using type [[gnu::vector_size(Bytes)]] = T;
};

template <class T, class Arch> using vector_of = typename builtin_vector<T, Arch::lane_bytes>::type;

template <class V>
concept Vector = !std::is_arithmetic_v<V> && requires(V v, V w) {
    v[0];
    v < w ? v : w;
};

template <Vector V> using vector_element = std::remove_cvref_t<decltype(V{}[0])>;

template <Vector V> using vector_ints = typename builtin_vector<std::int32_t, sizeof(V)>::type;
template <Vector V> using vector_floats = typename builtin_vector<float, sizeof(V)>::type;
template <Vector V> inline constexpr std::size_t vector_width = sizeof(V) / sizeof(vector_element<V>);

/// Intrinsics take floats as such a vector and integers of every width as a vector of long long.
template <Vector V> QTENSOR_FORCE_INLINE auto to_register(V x) {
    if constexpr (std::is_same_v<vector_element<V>, float>) {
        return x;
    } else {
        return __builtin_bit_cast(typename builtin_vector<long long, sizeof(V)>::type, x);
    }
}
template <Vector V, class Register> QTENSOR_FORCE_INLINE V from_register(Register bits) {
    return __builtin_bit_cast(V, bits);
}
template <Vector V> QTENSOR_FORCE_INLINE V broadcast(vector_element<V> value) { return V{} + value; }

template <Vector V, class M> QTENSOR_FORCE_INLINE V select(M condition, V yes, V no) { return condition ? yes : no; }
template <Vector V> QTENSOR_FORCE_INLINE V min(V a, V b) { return a < b ? a : b; }
template <Vector V> QTENSOR_FORCE_INLINE V max(V a, V b) { return a > b ? a : b; }
template <Vector V> QTENSOR_FORCE_INLINE auto to_float(V x) { return __builtin_convertvector(x, vector_floats<V>); }
template <Vector V> QTENSOR_FORCE_INLINE auto to_int(V x) { return __builtin_convertvector(x, vector_ints<V>); }
template <Vector V> QTENSOR_FORCE_INLINE V trunc(V x) {
    const V integral = V{} + 8388608.0f;  // from 2^23 on, every value is an integer; converting those could overflow
    const auto small = (x < integral) & (x > -integral);
    const V inside = small ? x : V{};
    return small ? to_float(to_int(inside)) : x;
}
template <Vector V> QTENSOR_FORCE_INLINE V floor(V x) {
    const V truncated = trunc(x);
    return truncated > x ? truncated - 1.0f : truncated;
}
/// Nearest integer, ties to even. |x| < 2^22 holds after the caller's clamp or is made irrelevant by it.
template <Vector V> QTENSOR_FORCE_INLINE V nearest_even(V x) {
    const V below = floor(x);
    const V rest = x - below;  // exact
    const V half_below = below * 0.5f;
    const auto odd = floor(half_below) != half_below;
    return ((rest > 0.5f) | ((rest == 0.5f) & odd)) ? below + 1.0f : below;
}

}  // namespace qtensor::inline QTENSOR_ABI::lane

#endif
