// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Stage: adds b[column]. An integer bias is in units of the accumulator, s_x * s_w (TFLite's rule): give it as a
/// tensor of that scale, which is compared once, or as plain integers (Unscaled). A float bias follows Dequantize.

#include "../tensor/qtensor.hpp"
#include "stage.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// `bias` is a tensor of one axis: Inline (copied into the stage) or a view (must outlive it).
template <class Q> struct AddBias {
    static_assert(detail::must_be_tensor<Q>());
    static_assert(Q::rank == 1, "a bias has one axis: one number per output column");
    Q bias;

    template <class In> struct Bound {
        using element = typename In::element;
        typename In::scale_type scale;
        Q bias;

        template <class V> struct Columns {
            V addend;
            QTENSOR_FORCE_INLINE constexpr V operator()(V value, const Cell&) const {
                if constexpr (detail::is_integer_element<element>) {
                    return lane::wrapping_add(value, addend);
                } else {
                    return value + addend;
                }
            }
        };
        template <class V>
            requires(detail::is_integer_element<element>)
        QTENSOR_FORCE_INLINE constexpr V addend(const Cell& cell) const {
            return lane::load<V>(bias.data() + cell.column, cell.count);
        }
        template <class V> QTENSOR_FORCE_INLINE constexpr Columns<V> for_columns(const Cell& cell) const {
            return {lane::load<V>(bias.data() + cell.column, cell.count)};
        }
        template <class V> QTENSOR_FORCE_INLINE constexpr V operator()(V value, const Cell& cell) const {
            return for_columns<V>(cell)(value, cell);
        }
        constexpr std::uint64_t magnitude() const {
            std::uint64_t largest = 0;
            if constexpr (detail::is_integer_element<typename Q::element_type>) {
                for (std::size_t c = 0; c < bias.size(); ++c) {
                    const auto b = static_cast<std::int64_t>(bias.data()[c]);
                    const std::uint64_t size =
                        b < 0 ? 0u - static_cast<std::uint64_t>(b) : static_cast<std::uint64_t>(b);
                    largest = size > largest ? size : largest;
                }
            }
            return largest;
        }
    };

    template <class In> constexpr auto bind(const In& in) const {
        static_assert(detail::is_integer_element<typename In::element> ==
                          detail::is_integer_element<typename Q::element_type>,
                      "the bias and the values it is added to are both integers or both real: put a float bias after "
                      "Dequantize, an int32 bias before");
        if constexpr (detail::is_integer_element<typename In::element>) {
            static_assert(detail::is_accumulator<In>,
                          "AddBias adds to accumulators: put it before Requantize, where a sum cannot leave the codes");
            static_assert(sizeof(value_of<typename Q::element_type>) <= 4 ||
                              sizeof(value_of<typename In::element>) == 8,
                          "the bias is wider than the accumulator it is added to: use std::int32_t");
        }
        static_assert(extents_agree(Q::shape_type::static_extent(0), In::static_columns),
                      "the bias has one number per output column");
        QTENSOR_REQUIRE(bias.extent(0) == in.columns, "the bias has one number per output column", bias.extent(0),
                        in.columns);
        QTENSOR_REQUIRE(bias.strides()[0] == 1 || in.columns <= 1,
                        "the numbers of a bias are contiguous: copy a strided view first", bias.strides()[0], 1);
        using BiasScale = typename Q::scale_type;
        if constexpr (!std::same_as<BiasScale, Unscaled>) {
            if constexpr (detail::is_static_scale<BiasScale> && detail::is_static_scale<typename In::scale_type>) {
                static_assert(same_product(BiasScale{}.scale(0), typename In::scale_type{}.scale(0)),
                              "the bias has another scale than the accumulator: a bias is quantized with input scale x "
                              "weight scale");
            }
            for (std::size_t c = 0; c < in.columns; ++c) {
                QTENSOR_REQUIRE(same_product(bias.scale().scale(c), in.scale.scale(c)) &&
                                    zero_point_of(bias.scale(), c) == 0,
                                "the bias has another scale than the accumulator: a bias is quantized with input scale "
                                "x weight scale",
                                c, in.columns);
            }
        }
        return Bound<In>{in.scale, bias};
    }
};

template <class Q> AddBias(Q) -> AddBias<Q>;

}  // namespace qtensor::inline QTENSOR_ABI
