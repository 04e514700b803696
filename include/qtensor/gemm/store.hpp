// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Where an epilogue's values become the cells of a result.

#include "../arch/lanes.hpp"
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

}  // namespace qtensor::inline QTENSOR_ABI
