// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// `Shape<1, dyn, 64>`: extents known to the compiler and extents known when the program runs, in one type. Static
/// extents cost no bytes (the idea is `std::extents`, P0009).

#include <array>
#include <cstddef>
#include <type_traits>

#include "config.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// "Known when the program runs."
inline constexpr std::size_t dyn = static_cast<std::size_t>(-1);

/// a * b; a product that does not fit is a failed precondition, never a small number.
constexpr std::size_t checked_product(std::size_t a, std::size_t b) {
    std::size_t product = 0;
    const bool overflow = __builtin_mul_overflow(a, b, &product);
    QTENSOR_REQUIRE(!overflow, "the number of elements does not fit std::size_t", a, b);
    return product;
}

/// a + b, likewise.
constexpr std::size_t checked_sum(std::size_t a, std::size_t b) {
    std::size_t sum = 0;
    const bool overflow = __builtin_add_overflow(a, b, &sum);
    QTENSOR_REQUIRE(!overflow, "a sum of sizes does not fit std::size_t", a, b);
    return sum;
}

/// The smallest multiple that is at least size.
constexpr std::size_t round_up(std::size_t size, std::size_t multiple) {
    return checked_product(size / multiple + (size % multiple != 0 ? 1 : 0), multiple);
}

/// The extents of a tensor, outermost first. `Shape{2, 3}` deduces `Shape<dyn, dyn>`; `Shape<2, 3>{}` is all static.
template <std::size_t... Extents> class Shape {
public:
    static constexpr std::size_t rank = sizeof...(Extents);
    static constexpr std::size_t dynamic_rank = (std::size_t{Extents == dyn} + ... + 0);
    static constexpr bool is_static = dynamic_rank == 0;

    constexpr Shape() = default;

    /// One argument per dynamic extent, or one per extent; a static extent given again must agree.
    template <class... Integers>
        requires(sizeof...(Integers) > 0 && (sizeof...(Integers) == rank || sizeof...(Integers) == dynamic_rank) &&
                 (std::is_convertible_v<Integers, std::size_t> && ...))
    constexpr explicit Shape(Integers... extents) {
        const std::array<std::size_t, sizeof...(Integers)> given{static_cast<std::size_t>(extents)...};
        std::size_t next = 0;
        for (std::size_t axis = 0; axis < rank; ++axis) {
            if (static_extent(axis) == dyn) {
                if constexpr (dynamic_rank > 0) dynamic_[next] = given[sizeof...(Integers) == rank ? axis : next];
                ++next;
            } else if (sizeof...(Integers) == rank) {
                QTENSOR_REQUIRE(given[axis] == static_extent(axis), "a static extent was given another value",
                                given[axis], static_extent(axis));
            }
        }
    }

    /// The extent as the type knows it: a number, or `dyn`.
    static constexpr std::size_t static_extent(std::size_t axis) {
        constexpr std::array<std::size_t, rank> extents{Extents...};
        return extents[axis];
    }

    constexpr std::size_t extent(std::size_t axis) const {
        QTENSOR_REQUIRE(axis < rank, "an axis is less than the rank", axis, rank);
        if constexpr (dynamic_rank > 0) {
            if (static_extent(axis) == dyn) {
                std::size_t slot = 0;
                for (std::size_t before = 0; before < axis; ++before) slot += static_extent(before) == dyn ? 1u : 0u;
                return dynamic_[slot];
            }
        }
        return static_extent(axis);
    }

    /// Number of elements; 1 for rank 0. A product beyond std::size_t is a failed precondition.
    constexpr std::size_t size() const {
        std::size_t elements = 1;
        for (std::size_t axis = 0; axis < rank; ++axis) elements = checked_product(elements, extent(axis));
        return elements;
    }

    template <std::size_t... Others> constexpr bool operator==(const Shape<Others...>& other) const {
        if constexpr (sizeof...(Others) != rank) {
            return false;
        } else {
            for (std::size_t axis = 0; axis < rank; ++axis) {
                if (extent(axis) != other.extent(axis)) return false;
            }
            return true;
        }
    }

private:
    struct Nothing {};  // std::array<T, 0> is not an empty class
    using Dynamic = std::conditional_t<dynamic_rank == 0, Nothing, std::array<std::size_t, dynamic_rank>>;
    [[no_unique_address]] Dynamic dynamic_{};
};

namespace detail {
template <class> inline constexpr std::size_t dyn_for = dyn;
}  // namespace detail

template <class... Integers> Shape(Integers...) -> Shape<detail::dyn_for<Integers>...>;

/// Two extents can be equal: one of them is dynamic, or they are the same number.
constexpr bool extents_agree(std::size_t a, std::size_t b) { return a == dyn || b == dyn || a == b; }

/// Number of elements of an all-static shape, as a constant.
template <class S>
    requires S::is_static
inline constexpr std::size_t static_size = S{}.size();

}  // namespace qtensor::inline QTENSOR_ABI
