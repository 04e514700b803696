// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Stages that clamp. Relu knows where real zero is; Clamp takes codes (after Requantize), accumulators (before it) or
/// real numbers (after Dequantize), whatever flows at its place.

#include "../numeric/overflow.hpp"
#include "stage.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
template <class In, class Limit> struct BoundClamp {
    using element = typename In::element;
    typename In::scale_type scale;
    Limit lowest;
    Limit highest;

    template <class V> QTENSOR_FORCE_INLINE constexpr V operator()(V value, const Cell&) const {
        return lane::min(lane::max(value, lane::broadcast<V>(lowest)), lane::broadcast<V>(highest));
    }
    static constexpr bool keeps_unplaced = true;
    template <class V> QTENSOR_FORCE_INLINE constexpr Unplaced<V> operator()(Unplaced<V> code, const Cell&) const {
        return code.clamped(lowest, highest);
    }
};
}  // namespace detail

/// max(real, 0): on codes the lower bound is the zero point.
struct Relu {
    template <class In> struct Bound {
        using element = typename In::element;
        typename In::scale_type scale;
        std::int32_t zero;

        template <class V> QTENSOR_FORCE_INLINE constexpr V operator()(V value, const Cell&) const {
            if constexpr (detail::is_integer_element<element>) {
                return lane::max(value, lane::broadcast<V>(zero));
            } else {
                return lane::max(value, lane::broadcast<V>(0.0f));
            }
        }
        static constexpr bool keeps_unplaced = true;
        template <class V> QTENSOR_FORCE_INLINE constexpr Unplaced<V> operator()(Unplaced<V> code, const Cell&) const {
            return code.clamped(zero, static_cast<std::int32_t>(qtensor::element<element>::highest));
        }
    };

    template <class In> constexpr auto bind(const In& in) const {
        static_assert(
            In::scale_type::axis == per_tensor || !has_zero_point<typename In::scale_type>,
            "Relu needs one zero point: put it after Requantize, or before while the accumulator's zero point is 0");
        std::int64_t zero = zero_point_of(in.scale, 0);
        if constexpr (detail::is_integer_element<typename In::element>) {  // a zero point may lie outside the codes
            zero = Saturate::narrow<typename In::element>(zero);
        }
        return Bound<In>{in.scale, static_cast<std::int32_t>(zero)};
    }
};

/// min(max(value, lowest), highest) on what flows here.
template <class Limit = std::int32_t> struct Clamp {
    Limit lowest{};
    Limit highest{};

    template <class In> constexpr auto bind(const In& in) const {
        static_assert(detail::is_integer_element<typename In::element> == std::is_integral_v<Limit>,
                      "Clamp's limits are integers for codes and accumulators, float after Dequantize");
        QTENSOR_REQUIRE(lowest <= highest, "Clamp: the lower limit is above the upper one", lowest, highest);
        if constexpr (detail::is_integer_element<typename In::element>) {
            using E = element<typename In::element>;
            QTENSOR_REQUIRE(lowest >= E::lowest, "Clamp: the lower limit is below the codes of its place", lowest,
                            E::lowest);
            QTENSOR_REQUIRE(highest <= E::highest, "Clamp: the upper limit is above the codes of its place", highest,
                            E::highest);
        }
        return detail::BoundClamp<In, Limit>{in.scale, lowest, highest};
    }
};

template <class Limit> Clamp(Limit, Limit) -> Clamp<Limit>;

}  // namespace qtensor::inline QTENSOR_ABI
