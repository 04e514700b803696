// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// TensorFlow Lite's "float16 quantization": weights are stored in half the bytes and products are computed in float.
///
///     const auto half = float16_weights(net);
///     const auto model = pack<arch::native>(half);         // runs like the float network
///
/// Dense, Conv2d, Lstm and Gru have float16 weights; other layers stay float32. Nothing is calibrated: a weight is off
/// by at most 2^-11 of itself.

#include "../layer/gated.hpp"
#include "../numeric/float16.hpp"
#include "reading.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// Rounds to nearest even; a weight beyond 65504 is a failed precondition.
template <class Real, class Half> constexpr void halve(const Real& real, Half& half) {
    for (std::size_t i = 0; i < half.size(); ++i) {
        half.data()[i] = float16(real.data()[i]);
        QTENSOR_REQUIRE(static_cast<float>(half.data()[i]) - static_cast<float>(half.data()[i]) == 0.0f,
                        "a weight is beyond what float16 holds, 65504, or is no number (value: its index)", i, 0);
    }
}

template <class Tensor> using halved_tensor = QTensor<float16, Unscaled, typename Tensor::shape_type, Inline>;

template <class L> struct HalfWeighted {
    using layer = L;
    using Weights = halved_tensor<decltype(L::Float::weights)>;
    template <class Arch> struct packed;
    Weights weights{};
    decltype(L::Float::bias) bias{};

    constexpr explicit HalfWeighted(const typename L::Float& real) : bias(real.bias) { halve(real.weights, weights); }
};

template <class L>
template <class Arch>
struct HalfWeighted<L>::packed
    : L::template Packed<Arch, float, Unscaled, Weights, typename L::FloatBias, typename L::activation> {
    constexpr explicit packed(const HalfWeighted& half)
        : packed::Packed(half.weights, Unscaled{}, typename L::FloatBias{half.bias}, typename L::activation{}) {}
    static constexpr Unscaled output_scale() { return {}; }
};

template <class L> struct HalfGated : L::FloatHiddenBias {
    using layer = L;
    template <class Arch> using packed = typename L::template PackedReal<Arch, HalfGated>;
    halved_tensor<decltype(L::Float::input_weights)> input_weights{};
    halved_tensor<decltype(L::Float::hidden_weights)> hidden_weights{};
    decltype(L::Float::bias) bias{};

    constexpr explicit HalfGated(const typename L::Float& real) : L::FloatHiddenBias(real), bias(real.bias) {
        halve(real.input_weights, input_weights);
        halve(real.hidden_weights, hidden_weights);
    }
};

}  // namespace detail

/// The kind of reading (reading.hpp).
struct Float16Weights {
    template <class L> static constexpr bool reads = detail::is_product_layer<L> || detail::is_gated<L>;
    template <class L>
    using Parameters = std::conditional_t<detail::is_gated<L>, detail::HalfGated<L>, detail::HalfWeighted<L>>;
};

/// The parameters of a network with weights of two bytes.
template <class Real> constexpr auto float16_weights(const Real& net) {
    return detail::ReadAs<Float16Weights, typename Real::layer>::of(net);
}

}  // namespace qtensor::inline QTENSOR_ABI
