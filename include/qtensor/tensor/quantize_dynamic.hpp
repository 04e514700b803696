// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Dynamic quantization: the scale is not known beforehand but measured from the values of this call, for the whole
/// tensor or for each row of a matrix. scale/dynamic.hpp has the rules.

#include "../scale/dynamic.hpp"
#include "../scale/per_channel.hpp"
#include "quantize.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The lowest and the highest of 0 and the values. NaN counts for nothing.
struct MeasuredRange {
    float lowest = 0.0f;
    float highest = 0.0f;

    constexpr explicit MeasuredRange(std::span<const float> values) {
        for (const float value : values) {
            lowest = value < lowest ? value : lowest;
            highest = value > highest ? value : highest;
        }
    }
};

/// Quantizes `values` (row-major) into `cells` by a scale measured from them, and returns the tensor that they are now.
/// `cells` holds cells_for<T>(shape.size()) cells and outlives the tensor. Values that are not finite are a failed
/// precondition (of the scale) unless NaN, which becomes the zero point.
template <class D, class T, class ShapeType>
constexpr auto quantize_dynamic(std::span<const float> values, cell_of<T>* cells, ShapeType shape) {
    static_assert(detail::must_be_dynamic_rule<D>() && detail::must_be_integer_element<T>());
    const MeasuredRange range(values);
    const QTensor<T, Affine<>, ShapeType> codes(cells, shape, D::template fit<T>(range.lowest, range.highest));
    quantize_into(values, codes, D::template rounding<T>(range.lowest, range.highest));
    return codes;
}

/// The same for each row of a matrix [m][k] by itself; `scales` and `zeros` hold a number per row and outlive the
/// tensor.
template <DynamicRule D, IntegerElement T, std::size_t M, std::size_t K>
    requires(element<T>::per_cell == 1)
constexpr auto quantize_dynamic_rows(std::span<const float> values, cell_of<T>* cells, Shape<M, K> shape,
                                     std::span<float> scales, std::span<std::int32_t> zeros) {
    const std::size_t m = shape.extent(0);
    const std::size_t k = shape.extent(1);
    QTENSOR_REQUIRE(values.size() == shape.size(), "as many values as codes", values.size(), shape.size());
    QTENSOR_REQUIRE(scales.size() >= m, "a scale per row", scales.size(), m);
    QTENSOR_REQUIRE(zeros.size() >= m, "a zero point per row", zeros.size(), m);
    for (std::size_t i = 0; i < m; ++i) {
        const auto row = quantize_dynamic<D, T>(values.subspan(i * k, k), cells + i * k, Shape<K>(k));
        scales[i] = row.scale().value;
        zeros[i] = row.scale().zero;
    }
    return QTensor<T, PerChannelAffine<dyn>, Shape<M, K>>(cells, shape,
                                                          PerChannelAffine<dyn>{scales.data(), zeros.data()});
}

}  // namespace qtensor::inline QTENSOR_ABI
