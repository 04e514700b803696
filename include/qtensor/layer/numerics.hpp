// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Numerics bundles: one set of numeric policies that a layer takes as a whole. Inherit one and override what you mean:
///
///     struct Mine : numerics::TfLite {
///         template <std::size_t N> using weight_scale = ShiftPerChannel<N>;
///         using rounding = HalfEven;
///     };

#include "../numeric/element.hpp"
#include "../numeric/rounding.hpp"
#include "../numeric/tflite.hpp"
#include "../numeric/xnnpack.hpp"
#include "../scale/affine.hpp"
#include "../scale/per_channel.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace numerics {

/// The library's default: TFLite's int8 specification (lite/g3doc/performance/quantization_spec.md). Activations int8
/// with a zero point, weights int8 in [-127, 127] per output channel, integer-only requantization with two roundings.
struct TfLite {
    using activation = std::int8_t;
    using activation_scale = Affine<>;
    using weight = int8_symmetric;
    template <std::size_t N> using weight_scale = PerChannel<N>;
    using rounding = HalfAway;
    using dialect = TfLiteDoubleRounding;
};

/// XNNPACK's qs8 kernels: the same tensors, requantized by one float product, ties to even.
struct Xnnpack : TfLite {
    using rounding = HalfEven;
    using dialect = XnnpackFp32;
};

}  // namespace numerics

namespace detail {
template <class N>
concept is_numerics =
    is_integer_element<typename N::activation> && is_integer_element<typename N::weight> &&
    is_scale<typename N::activation_scale> && is_scale<typename N::template weight_scale<1>> &&
    is_dialect<typename N::dialect> && (rounds_alone<typename N::rounding> || rounds_by_index<typename N::rounding>);
}  // namespace detail

template <class N>
concept Numerics =
    detail::is_numerics<N> ||
    unsatisfied<"not a numerics bundle: inherit numerics::TfLite and override activation, activation_scale, "
                "weight, weight_scale<N>, rounding or dialect">();

/// The weight scale of a bundle that fits N channels, from the scale each channel would like. A policy that cannot take
/// any value (powers of two) says how it chooses in a static `fit`, and must not choose smaller: that would clip
/// weights.
template <class S, std::size_t N> constexpr S fit_scale(const std::array<float, N>& wanted) {
    if constexpr (requires { S::fit(wanted); }) {
        return S::fit(wanted);
    } else if constexpr (S::axis == per_tensor) {
        float largest = wanted[0];
        for (const float scale : wanted) largest = scale > largest ? scale : largest;
        return S{largest};
    } else {
        return S{wanted};
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
