// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Codes from one tensor to another of the same shape and scale, whatever their strides. Together with slices and
/// transpositions this is every change of shape: a concatenation is a copy into slices, padding a fill and a copy.

#include "rows.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// to = from, code by code; elements, extents and scales are equal. Overlapping memory is not allowed.
template <class From, class To> constexpr void copy_into(const From& from, To&& to) {
    using Target = std::remove_cvref_t<To>;
    static_assert(detail::must_be_tensor<From>() && detail::must_be_tensor<Target>());
    static_assert(std::same_as<std::remove_const_t<typename From::element_type>, typename Target::element_type>,
                  "a copy keeps the element: quantize, requantize or convert to change it");
    static_assert(detail::must_be_whole_bytes<typename From::element_type>());
    static_assert(From::rank == Target::rank,
                  "a copy keeps the number of axes: view the tensor in another shape first");
    static_assert(detail::must_be_compatible_scales<typename From::scale_type, typename Target::scale_type>());
    for (std::size_t axis = 0; axis < From::rank; ++axis) {
        QTENSOR_REQUIRE(from.extent(axis) == to.extent(axis), "source and target of a copy have the same shape",
                        from.extent(axis), to.extent(axis));
    }
    QTENSOR_REQUIRE(same_meaning(from.scale(), to.scale(), detail::channel_count(from)),
                    "source and target of a copy have the same scale: requantize to change it", 0, 0);
    if constexpr (From::rank == 0) {
        *to.data() = *from.data();
    } else {
        const auto strides = to.strides();
        constexpr std::size_t last = From::rank - 1;
        for_each_row(from, [&](const Row& row) {
            std::ptrdiff_t at = 0;
            std::size_t rest = row.length == 0 ? 0 : row.first / row.length;
            for (std::size_t axis = last; axis-- > 0;) {
                at += static_cast<std::ptrdiff_t>(rest % to.extent(axis)) * strides[axis];
                rest /= to.extent(axis);
            }
            const auto* source = from.data() + row.offset;
            auto* target = to.data() + at;
            for (std::size_t i = 0; i < row.length; ++i)
                target[static_cast<std::ptrdiff_t>(i) * strides[last]] =
                    source[static_cast<std::ptrdiff_t>(i) * row.stride];
        });
    }
}

/// Every code of a tensor.
template <AnyTensor To> constexpr void fill(To&& to, typename std::remove_cvref_t<To>::value_type code) {
    static_assert(detail::must_be_whole_bytes<typename std::remove_cvref_t<To>::element_type>());
    for_each_row(to, [&](const Row& row) {
        for (std::size_t i = 0; i < row.length; ++i)
            to.data()[row.offset + static_cast<std::ptrdiff_t>(i) * row.stride] = code;
    });
}

}  // namespace qtensor::inline QTENSOR_ABI
