// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Stage: accumulators (or codes) become real numbers, f32(value - zero_point) * scale. With `Dequantize<float16>` the
/// result is stored as float16: int8 products with half-precision activations.

#include <bit>

#include "../scale/per_tensor.hpp"
#include "../scale/product.hpp"
#include "channel_table.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// `Dequantize<>{}`, or the real type in which results are stored: float, float16, bfloat16.
template <class T = float> struct Dequantize {
    static_assert(detail::must_be_real_element<T>());
    static_assert(!std::same_as<T, double>,
                  "Dequantize makes float, float16 or bfloat16: a product holds no more bits than float");
    template <class In> struct Bound {
        using element = T;
        static constexpr bool uses_float = true;
        Unscaled scale;
        ChannelTable<1, table_channels<In>> scales;
        std::int32_t zero;

        /// The integer is rounded to float once, the product once; stages after this one see float, memory gets T.
        template <class I> struct Columns {
            I bits;
            std::int32_t zero;
            template <class V> QTENSOR_FORCE_INLINE constexpr auto operator()(V value, const Cell&) const {
                if constexpr (std::same_as<V, std::int64_t>) {
                    return lane::rounded(static_cast<float>(value - zero) * lane::as_float(bits));
                } else {
                    return lane::rounded(lane::to_float(value - lane::broadcast<V>(zero)) * lane::as_float(bits));
                }
            }
        };
        template <class V> QTENSOR_FORCE_INLINE constexpr auto for_columns(const Cell& cell) const {
            using I = std::conditional_t<std::same_as<V, std::int64_t>, std::int32_t, V>;
            return Columns<I>{scales.template load<I>(cell)[0], zero};
        }
        template <class V> QTENSOR_FORCE_INLINE constexpr auto operator()(V value, const Cell& cell) const {
            return for_columns<V>(cell)(value, cell);
        }
    };

    template <class In> constexpr auto bind(const In& in) const {
        static_assert(detail::is_integer_element<typename In::element>,
                      "Dequantize takes integers: the values here are real already, leave it out");
        static_assert(In::scale_type::axis == per_tensor || !has_zero_point<typename In::scale_type>,
                      "Dequantize takes one zero point");
        const std::size_t channels = table_channels<In> == 1 ? 1 : in.columns;
        Bound<In> bound{{}, {channels, in.memory}, zero_point_of(in.scale, 0)};
        for (std::size_t c = 0; c < channels; ++c) {
            require_environment(in.scale.scale(c));
            bound.scales.at(0, c) = std::bit_cast<std::int32_t>(in.scale.scale(c));
        }
        return bound;
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
