// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// `lanes<T, Arch>`: one value on the scalar architecture, one register of values on the others, and a small vocabulary
/// (namespace `lane`) in which element-wise code is written once for both. Call it qualified: `lane::min(a, b)`.
///
///     select min max · floor trunc nearest_even rounded · to_float to_int nearest_int as_float
///     wrapping_add wrapping_multiply shift_left shift_right doubling_high high_product product_shift · fused · each
///     load store store_all broadcast detached

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "avx2_lanes.hpp"
#include "avx512_lanes.hpp"
#include "builtin_lanes.hpp"
#include "scalar_lanes.hpp"
#include "sse41_lanes.hpp"
#include "tags.hpp"
#include "xsimd_lanes.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace lane {
template <class T, class Arch> struct lanes_of { using type = vector_of<T, Arch>; };
template <class T> struct lanes_of<T, arch::scalar> { using type = T; };
}  // namespace lane

template <class T, class Arch> using lanes = typename lane::lanes_of<T, Arch>::type;

namespace lane {

/// How many values V holds.
template <class V> inline constexpr std::size_t width = 1;
template <Vector V> inline constexpr std::size_t width<V> = vector_width<V>;

/// Int lanes beside float lanes and the reverse, with as many values.
template <class V> struct partner {
    using ints = std::int32_t;
    using floats = float;
};
template <Vector V> struct partner<V> {
    using ints = vector_ints<V>;
    using floats = vector_floats<V>;
};
template <class V> using ints = typename partner<V>::ints;
template <class V> using floats = typename partner<V>::floats;

/// Makes a vector product be rounded before it is used: see the scalar twin.
template <Vector V> QTENSOR_FORCE_INLINE V rounded(V x) {
    auto bits = to_register(x);
#if defined(__SSE2__)
    asm("" : "+x"(bits));
#else
    asm("" : "+w"(bits));
#endif
    return from_register<V>(bits);
}

/// x as a value that the compiler knows nothing of: should it not find a register for it from here on, that does not
/// reach back to where x was computed, and nothing that is read behind this line is read before it.
template <Vector V> QTENSOR_FORCE_INLINE V detached(V x) {
    const auto bits = to_register(x);
    std::remove_const_t<decltype(bits)> copy;
#if defined(__SSE2__)
    asm volatile("" : "=v"(copy) : "0"(bits) : "memory");
#else
    asm volatile("" : "=w"(copy) : "0"(bits) : "memory");
#endif
    return from_register<V>(copy);
}

template <Vector V> QTENSOR_FORCE_INLINE V wrapping_add(V a, V b) { return a + b; }
template <Vector V> QTENSOR_FORCE_INLINE V wrapping_multiply(V a, V b) { return a * b; }

// What needs instructions of its own goes through the register.
template <Vector V> using registers_of = registers<static_cast<int>(sizeof(V))>;

template <Vector V> QTENSOR_FORCE_INLINE floats<V> as_float(V bits) {
    return from_register<floats<V>>(registers_of<V>::as_float(to_register(bits)));
}
template <Vector V> QTENSOR_FORCE_INLINE ints<V> nearest_int(V x) {
    return from_register<ints<V>>(registers_of<V>::nearest_int(to_register(x)));
}
template <Vector V> QTENSOR_FORCE_INLINE V shift_left(V x, V count) {
    return from_register<V>(registers_of<V>::shift_left(to_register(x), to_register(count)));
}
template <Vector V> QTENSOR_FORCE_INLINE V shift_right(V x, V count) {
    return from_register<V>(registers_of<V>::shift_right(to_register(x), to_register(count)));
}
template <Vector V> QTENSOR_FORCE_INLINE V doubling_high(V a, V b) {
    return from_register<V>(registers_of<V>::doubling_high(to_register(a), to_register(b)));
}
template <Vector V> QTENSOR_FORCE_INLINE V high_product(V a, V b) {
    return from_register<V>(registers_of<V>::high_product(to_register(a), to_register(b)));
}
template <Vector V> QTENSOR_FORCE_INLINE V product_shift(V a, V b, V count) {
    return from_register<V>(registers_of<V>::product_shift(to_register(a), to_register(b), to_register(count)));
}
template <Vector V> QTENSOR_FORCE_INLINE V fused(V a, V b, V c) {
    return from_register<V>(registers_of<V>::fused(to_register(a), to_register(b), to_register(c)));
}
/// `count` values from memory (all of them when count >= width), widened to the lanes' type, zeros behind them.
template <Vector V, class T> QTENSOR_FORCE_INLINE V load(const T* from, std::size_t count) {
    return from_register<V>(registers_of<V>::load(from, count));
}
/// The first `count` values to memory, narrowed without saturation: they are in T's range already.
template <Vector V, class T> QTENSOR_FORCE_INLINE void store(T* to, V value, std::size_t count) {
    registers_of<V>::store(to, to_register(value), count);
}

/// Whole registers of values to memory, one behind the other; codes are narrowed several registers at a time.
template <Vector V, class T, std::size_t N> QTENSOR_FORCE_INLINE void store_all(T* to, const V (&values)[N]) {
    using R = registers_of<V>;
    const auto at = [&](std::size_t i) __attribute__((always_inline)) { return to_register(values[i]); };
    if constexpr (N == 4 && requires { R::store_four(to, at(0), at(1), at(2), at(3)); }) {
        R::store_four(to, at(0), at(1), at(2), at(3));
    } else if constexpr (N % 2 == 0 && requires { R::store_pair(to, at(0), at(1)); }) {
        QTENSOR_UNROLL
        for (std::size_t i = 0; i < N; i += 2) R::store_pair(to + i * width<V>, at(i), at(i + 1));
    } else {
        QTENSOR_UNROLL
        for (std::size_t i = 0; i < N; ++i) store(to + i * width<V>, values[i], width<V>);
    }
}

/// f on every lane: see the scalar twin.
template <class F, Vector V, std::same_as<V>... More> QTENSOR_FORCE_INLINE V each(const F& f, V first, More... more) {
    constexpr std::size_t arguments = 1 + sizeof...(More);
    const V all[arguments]{first, more...};
    vector_element<V> values[arguments][width<V>];
    for (std::size_t i = 0; i < arguments; ++i) store(values[i], all[i], width<V>);
    for (std::size_t at = 0; at < width<V>; ++at) {
        values[0][at] = [&]<std::size_t... I>(std::index_sequence<I...>) { return f(values[I][at]...); }
        (std::make_index_sequence<arguments>{});
    }
    return load<V>(values[0], width<V>);
}

/// The first `count` floats to memory as half precision, nearest even.
template <Vector V> QTENSOR_FORCE_INLINE void store_half(std::uint16_t* to, V value, std::size_t count) {
    registers_of<V>::store_half(to, to_register(value), count);
}

/// `count` half-precision numbers as floats, exactly; zeros behind them.
template <Vector V> QTENSOR_FORCE_INLINE V load_half(const std::uint16_t* from, std::size_t count) {
    return from_register<V>(registers_of<V>::load_half(from, count));
}

}  // namespace lane
}  // namespace qtensor::inline QTENSOR_ABI
