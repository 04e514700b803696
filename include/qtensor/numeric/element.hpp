// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What may be an element of a tensor, and which values it can have. The range is part of the type because it decides
/// how deep a product may be before it overflows and which instruction is exact (numeric/accumulator.hpp, arch/).
///
///     std::int8_t      [-128, 127]         int4   [-8, 7], two to a byte, low nibble first
///     int8_symmetric   [-127, 127]         uint4  [0, 15]        int4_symmetric  [-7, 7]
///     Ranged<std::int8_t, -64, 63>         any range the user can promise
///     float, float16, bfloat16             real elements: no range, no scale

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "../base/concepts.hpp"
#include "float16.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Stored as Integer, known to stay within [Lowest, Highest]. A description, never a stored object.
template <std::integral Integer, Integer Lowest, Integer Highest>
    requires(Lowest <= Highest)
struct Ranged {};

/// Stored in a nibble, two to a byte, low nibble first (the order of TFLite and ONNX).
template <int Lowest, int Highest> struct Nibble {};

using int8_symmetric = Ranged<std::int8_t, -127, 127>;
using int4 = Nibble<-8, 7>;
using int4_symmetric = Nibble<-7, 7>;
using uint4 = Nibble<0, 15>;

/// How an element is stored, read and written. `value` is what arithmetic sees, `cell` what memory holds. The index may
/// be negative, where a stride is.
template <class T> struct element;

template <std::integral T>
    requires(sizeof(T) <= 4 || std::signed_integral<T>) && (!std::same_as<T, bool>)
struct element<T> {
    using value = T;
    using cell = T;
    static constexpr std::size_t per_cell = 1;
    static constexpr std::int64_t lowest = static_cast<std::int64_t>(std::numeric_limits<T>::lowest());
    static constexpr std::int64_t highest = static_cast<std::int64_t>(std::numeric_limits<T>::max());
    static constexpr value load(const cell* cells, std::integral auto i) { return cells[i]; }
    static constexpr void store(cell* cells, std::integral auto i, value v) { cells[i] = v; }
};

template <class T, T Lowest, T Highest> struct element<Ranged<T, Lowest, Highest>> : element<T> {
    static constexpr std::int64_t lowest = Lowest;
    static constexpr std::int64_t highest = Highest;
};

template <int Lowest, int Highest> struct element<Nibble<Lowest, Highest>> {
    using value = std::int8_t;
    using cell = std::uint8_t;
    static constexpr std::size_t per_cell = 2;
    static constexpr std::int64_t lowest = Lowest;
    static constexpr std::int64_t highest = Highest;
    static constexpr value load(const cell* cells, std::integral auto i) {
        const int nibble = (cells[(i - (i & 1)) / 2] >> (4 * static_cast<int>(i & 1))) & 15;
        return static_cast<value>(nibble > Highest ? nibble - 16 : nibble);
    }
    static constexpr void store(cell* cells, std::integral auto i, value v) {
        const unsigned shift = 4 * static_cast<unsigned>(i & 1);
        cell& both = cells[(i - (i & 1)) / 2];
        const unsigned kept = both & (0xf0u >> shift);
        both = static_cast<cell>(kept | ((static_cast<unsigned>(v) & 15u) << shift));
    }
};

template <class T>
    requires std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, float16> || std::same_as<T, bfloat16>
struct element<T> {
    using value = T;
    using cell = T;
    static constexpr std::size_t per_cell = 1;
    static constexpr value load(const cell* cells, std::integral auto i) { return cells[i]; }
    static constexpr void store(cell* cells, std::integral auto i, value v) { cells[i] = v; }
};

template <class T> struct element<const T> : element<T> {};

/// What memory holds for T; const for a const element.
template <class T>
using cell_of = std::conditional_t<std::is_const_v<T>, const typename element<T>::cell, typename element<T>::cell>;

/// What arithmetic sees of T.
template <class T> using value_of = typename element<T>::value;

namespace detail {
template <class T>
concept is_element = requires { typename element<T>::value; };
template <class T>
concept is_integer_element = is_element<T> && requires { element<T>::lowest; };
}  // namespace detail

template <class T>
concept Element =
    detail::is_element<T> ||
    unsatisfied<"not an element type: use an integer up to 32 bits, std::int64_t, Ranged<...>, int4, uint4, "
                "float, double, float16 or bfloat16">();

template <class T>
concept IntegerElement =
    detail::is_integer_element<T> || unsatisfied<"codes are integers: use std::int8_t, int8_symmetric, std::uint8_t, "
                                                 "int4, ... here; real numbers become codes by quantize<T>(...)">();

template <class T>
concept RealElement =
    (detail::is_element<T> && !detail::is_integer_element<T>) ||
    unsatisfied<"a real element is float, double, float16 or bfloat16; integers become real by dequantize(...)">();

namespace detail {
template <class T> constexpr bool must_be_element() {
    static_assert(Element<T>, "not an element type: use an integer up to 32 bits, std::int64_t, Ranged<...>, int4, "
                              "uint4, float, double, float16 or bfloat16");
    return true;
}
template <class T> constexpr bool must_be_integer_element() {
    static_assert(IntegerElement<T>, "codes are integers: use std::int8_t, int8_symmetric, std::uint8_t, int4, ... "
                                     "here; real numbers become codes by quantize<T>(...)");
    return true;
}
/// Codes that are moved, or combined where they lie.
template <class T> constexpr bool must_be_whole_bytes() {
    static_assert(element<T>::per_cell == 1, "codes are moved and combined as whole bytes: unpack int4 to int8 first");
    return true;
}
template <class T> constexpr bool must_be_real_element() {
    static_assert(RealElement<T>,
                  "a real element is float, double, float16 or bfloat16; integers become real by dequantize(...)");
    return true;
}
}  // namespace detail

/// The type promises a narrower range than its cells could hold: code that stands on the promise checks it.
template <class T> inline constexpr bool promises_range = false;
template <class T, T Lowest, T Highest>
inline constexpr bool promises_range<Ranged<T, Lowest, Highest>> =
    Lowest > element<T>::lowest || Highest < element<T>::highest;

/// Cells that hold `elements` elements of T.
template <class T> constexpr std::size_t cells_for(std::size_t elements) {
    return elements / element<T>::per_cell + (elements % element<T>::per_cell != 0 ? 1u : 0u);
}

}  // namespace qtensor::inline QTENSOR_ABI
