// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Overflow policies: what becomes of an integer that its element type cannot hold.

#include <cstdint>

#include "element.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Clamps to the nearest value of the range. Cannot fail.
struct Saturate {
    template <IntegerElement T> static constexpr value_of<T> narrow(std::int64_t wide) {
        const std::int64_t lowest = element<T>::lowest;
        const std::int64_t highest = element<T>::highest;
        return static_cast<value_of<T>>(wide < lowest ? lowest : wide > highest ? highest : wide);
    }
};

/// Counts around modulo the size of the range, as two's complement does for full ranges. Cannot fail.
struct Wrap {
    template <IntegerElement T> static constexpr value_of<T> narrow(std::int64_t wide) {
        if constexpr (sizeof(value_of<T>) == 8) return wide;
        const std::int64_t span = element<T>::highest - element<T>::lowest + 1;
        const std::int64_t above = (wide - element<T>::lowest) % span;
        return static_cast<value_of<T>>(element<T>::lowest + (above < 0 ? above + span : above));
    }
};

/// A value outside the range is a failed precondition.
struct Trap {
    template <IntegerElement T> static constexpr value_of<T> narrow(std::int64_t wide) {
        QTENSOR_REQUIRE(wide >= element<T>::lowest, "a value is below the element's range (overflow policy Trap)", wide,
                        element<T>::lowest);
        QTENSOR_REQUIRE(wide <= element<T>::highest, "a value is above the element's range (overflow policy Trap)",
                        wide, element<T>::highest);
        return static_cast<value_of<T>>(wide);
    }
};

namespace detail {
template <class O>
concept narrows = requires {
    { O::template narrow<std::int8_t>(std::int64_t{}) } -> std::same_as<std::int8_t>;
};
}  // namespace detail

template <class O>
concept OverflowPolicy =
    detail::narrows<O> ||
    unsatisfied<"not an overflow policy: use Saturate, Wrap, Trap, or a type with narrow<T>(std::int64_t)">();

namespace detail {
template <class O> constexpr bool must_be_overflow_policy() {
    static_assert(OverflowPolicy<O>,
                  "not an overflow policy: use Saturate, Wrap, Trap, or a type with narrow<T>(std::int64_t)");
    return true;
}
}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
