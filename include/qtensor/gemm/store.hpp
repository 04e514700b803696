// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Where an epilogue's values become the cells of a result.

#include <limits>

#include "../arch/lanes.hpp"
#include "../arch/narrowing.hpp"
#include "../numeric/dialect.hpp"
#include "../numeric/element.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Writes values to the result's cells, narrowing them to the element E.
template <class E, class V>
QTENSOR_FORCE_INLINE constexpr void store_cells(cell_of<E>* to, V value, std::size_t count) {
    static_assert(element<E>::per_cell == 1,
                  "a product's result has whole-byte elements: requantize to int8 and pack afterwards");
    if constexpr (std::same_as<E, float16> || std::same_as<E, bfloat16>) {
        if constexpr (lane::width<V> == 1) {
            *to = E(static_cast<float>(value));
        } else if constexpr (std::same_as<E, float16>) {
            lane::store_half(&to->bits, value, count);
        } else {
            float values[lane::width<V>];
            lane::store(values, value, lane::width<V>);
            for (std::size_t i = 0; i < count && i < lane::width<V>; ++i) to[i] = E(values[i]);
        }
    } else {
        lane::store(to, value, count);
    }
}

/// The same for whole registers of values, one behind the other.
template <class E, class V, std::size_t N>
QTENSOR_FORCE_INLINE void store_registers(cell_of<E>* to, const V (&values)[N]) {
    if constexpr (element<E>::per_cell == 1 && !std::same_as<E, float16> && !std::same_as<E, bfloat16>) {
        lane::store_all(to, values);
    } else {
        QTENSOR_UNROLL
        for (std::size_t i = 0; i < N; ++i) store_cells<E>(to + i * lane::width<V>, values[i], lane::width<V>);
    }
}

/// Whole registers of codes in front of their zero point. Four (or two) registers become bytes through int16, with
/// saturation, where the zero point is added and limits are kept in half as many registers: int16 holds every code that
/// is not beyond a limit.
template <class E, class V, std::size_t N>
QTENSOR_FORCE_INLINE void store_codes(cell_of<E>* to, const Unplaced<V> (&codes)[N]) {
    using Byte = cell_of<E>;
    if constexpr (sizeof(Byte) == 1 && N % 2 == 0 &&
                  requires { lane::narrowing<static_cast<int>(sizeof(V))>::floats; }) {
        using R = lane::narrowing<static_cast<int>(sizeof(V))>;
        const CodeRange range = codes[0].range;
        const auto words = [&](std::size_t i) __attribute__((always_inline)) {
            auto w = R::to_int16(lane::to_register(codes[i].code), lane::to_register(codes[i + 1].code));
            w = R::add(w, R::all(static_cast<std::int16_t>(range.zero_point)));
            if (range.lowest > std::numeric_limits<Byte>::min())
                w = R::max(w, R::all(static_cast<std::int16_t>(range.lowest)));
            if (range.highest < std::numeric_limits<Byte>::max())
                w = R::min(w, R::all(static_cast<std::int16_t>(range.highest)));
            return w;
        };
        constexpr std::size_t step = N % 4 == 0 ? 4 : 2;
        QTENSOR_UNROLL
        for (std::size_t i = 0; i < N; i += step) {
            if constexpr (step == 4) {
                R::store(to + i * lane::width<V>, words(i), words(i + 2));
            } else {
                R::store(to + i * lane::width<V>, words(i));
            }
        }
    } else {
        V values[N];
        QTENSOR_UNROLL
        for (std::size_t i = 0; i < N; ++i) values[i] = detail::place(codes[i]);
        store_registers<E>(to, values);
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
