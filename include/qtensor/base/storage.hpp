// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Where a tensor's cells live. A storage policy is a type with a member template `handle<Cell, Shape>` that has
/// `data()`, and a constant `contiguous`; the host part adds `Heap`. A cell is what is stored: one byte for int8, one
/// byte for two int4.

#include <array>
#include <cstddef>

#include "shape.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Inside the tensor itself: static shapes, no pointer, usable in constant evaluation.
struct Inline {
    static constexpr bool contiguous = true;
    static constexpr bool owning = true;

    template <class Cell, std::size_t Cells, std::size_t Rank> struct handle {
        std::array<Cell, Cells> cells{};
        constexpr Cell* data() { return cells.data(); }
        constexpr const Cell* data() const { return cells.data(); }
    };
};

/// The caller's memory, row-major and gapless. Copying the tensor copies the pointer.
struct View {
    static constexpr bool contiguous = true;
    static constexpr bool owning = false;

    template <class Cell, std::size_t Cells, std::size_t Rank> struct handle {
        Cell* cells = nullptr;
        constexpr Cell* data() const { return cells; }
    };
};

/// The caller's memory with a stride per axis, counted in elements. Strides may be anything that stays inside the
/// caller's memory: 0 (broadcast) and negative ones included.
struct Strided {
    static constexpr bool contiguous = false;
    static constexpr bool owning = false;

    template <class Cell, std::size_t Cells, std::size_t Rank> struct handle {
        Cell* cells = nullptr;
        std::array<std::ptrdiff_t, Rank> strides{};
        constexpr Cell* data() const { return cells; }
    };
};

/// The strides of a gapless row-major tensor, in elements.
template <std::size_t... Extents>
constexpr std::array<std::ptrdiff_t, sizeof...(Extents)> row_major_strides(const Shape<Extents...>& shape) {
    std::array<std::ptrdiff_t, sizeof...(Extents)> strides{};
    std::ptrdiff_t stride = 1;
    for (std::size_t axis = sizeof...(Extents); axis-- > 0;) {
        strides[axis] = stride;
        stride *= static_cast<std::ptrdiff_t>(shape.extent(axis));
    }
    return strides;
}

}  // namespace qtensor::inline QTENSOR_ABI
