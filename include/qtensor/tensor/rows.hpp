// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Element-wise code walks a tensor by rows: runs along the last axis in which the scale is either one number or
/// changes with every element. This is the one place that knows how a row number becomes an offset.

#include <cstddef>

#include "qtensor.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// One run along the last axis.
struct Row {
    std::ptrdiff_t offset = 0;  ///< of its first element, in elements
    std::ptrdiff_t stride = 1;  ///< between its elements
    std::size_t length = 0;     ///< elements
    std::size_t first = 0;      ///< index of its first element in row-major order
    std::size_t channel = 0;    ///< of the scale; meaningful unless the scale runs along the row
};

namespace detail {
/// How many scales a tensor has.
template <class Q> constexpr std::size_t channel_count(const Q& tensor) {
    if constexpr (Q::scale_type::axis == per_tensor) {
        return 1;
    } else if constexpr (spans_leading_axes<typename Q::scale_type>) {
        std::size_t channels = 1;
        for (int axis = 0; axis <= Q::scale_type::axis; ++axis)
            channels = checked_product(channels, tensor.extent(static_cast<std::size_t>(axis)));
        return channels;
    } else {
        return tensor.extent(static_cast<std::size_t>(Q::scale_type::axis));
    }
}
}  // namespace detail

/// The scale of Q changes along the row itself.
template <AnyTensor Q>
inline constexpr bool scale_runs_along_row =
    Q::scale_type::axis != per_tensor && Q::scale_type::axis + 1 == static_cast<int>(Q::rank);

/// Calls body(Row) for every row of the tensor, in row-major order.
template <AnyTensor Q, class Body> constexpr void for_each_row(const Q& tensor, Body&& body) {
    constexpr std::size_t rank = Q::rank;
    static_assert(rank > 0, "a tensor of rank 0 has no rows: use Shape<1>");
    const auto strides = tensor.strides();
    const std::size_t length = tensor.extent(rank - 1);
    constexpr bool leading = spans_leading_axes<typename Q::scale_type>;
    static_assert(!leading || !scale_runs_along_row<Q>,
                  "a scale per group needs an axis behind it: the codes of a group");
    std::size_t rows = 1;
    for (std::size_t axis = 0; axis + 1 < rank; ++axis) rows = checked_product(rows, tensor.extent(axis));
    if (length == 0) return;
    for (std::size_t number = 0; number < rows; ++number) {
        Row row{0, strides[rank - 1], length, number * length, 0};
        std::size_t rest = number;
        for (std::size_t axis = rank - 1; axis-- > 0;) {
            const std::size_t index = rest % tensor.extent(axis);
            rest /= tensor.extent(axis);
            row.offset += static_cast<std::ptrdiff_t>(index) * strides[axis];
            if (!leading && static_cast<int>(axis) == Q::scale_type::axis) row.channel = index;
        }
        if constexpr (leading) {
            row.channel = number;
            for (std::size_t axis = rank - 1; axis-- > static_cast<std::size_t>(Q::scale_type::axis) + 1;)
                row.channel /= tensor.extent(axis);
        }
        body(row);
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
