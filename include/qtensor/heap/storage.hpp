// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Storage on the heap, for tensors whose shape is known only at run time: `QTensor<T, Scale, Shape<dyn, dyn>, Heap>`.

#include <cstddef>
#include <vector>

#include "../base/storage.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Owns its cells; copying the tensor copies them.
struct Heap {
    static constexpr bool contiguous = true;
    static constexpr bool owning = true;

    template <class Cell, std::size_t Cells, std::size_t Rank> struct handle {
        std::vector<Cell> cells;
        handle() = default;
        explicit handle(std::size_t count) : cells(count) {}
        Cell* data() { return cells.data(); }
        const Cell* data() const { return cells.data(); }
    };
};

}  // namespace qtensor::inline QTENSOR_ABI
