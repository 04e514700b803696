// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// TensorFlow Lite's "float16 quantization": weights are stored in half the bytes and products are computed in float.
///
///     const auto half = float16_weights(net);
///     const auto model = pack<arch::native>(half);         // runs like the float network
///
/// Dense and Conv2d have float16 weights; other layers stay float32. Nothing is calibrated: a weight is off by at most
/// 2^-11 of itself.

#include "../numeric/float16.hpp"
#include "reading.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The kind of reading (reading.hpp).
struct Float16Weights {
    template <class L> static constexpr bool reads = detail::is_product_layer<L>;

    template <class L> struct Parameters {
        using layer = L;
        using Weights = QTensor<float16, Unscaled, typename L::weight_shape, Inline>;
        template <class Arch> struct packed;
        Weights weights{};
        decltype(L::Float::bias) bias{};

        /// Rounds to nearest even; a weight beyond 65504 is a failed precondition.
        constexpr explicit Parameters(const typename L::Float& real) : bias(real.bias) {
            for (std::size_t i = 0; i < weights.size(); ++i) {
                weights.data()[i] = float16(real.weights.data()[i]);
                QTENSOR_REQUIRE(static_cast<float>(weights.data()[i]) - static_cast<float>(weights.data()[i]) == 0.0f,
                                "a weight is beyond what float16 holds, 65504, or is no number (value: its index)", i,
                                0);
            }
        }
    };
};

template <class L>
template <class Arch>
struct Float16Weights::Parameters<L>::packed
    : L::template Packed<Arch, float, Unscaled, Weights, typename L::FloatBias, typename L::activation> {
    constexpr explicit packed(const Parameters& half)
        : packed::Packed(half.weights, Unscaled{}, typename L::FloatBias{half.bias}, typename L::activation{}) {}
    static constexpr Unscaled output_scale() { return {}; }
};

/// The parameters of a network with weights of two bytes.
template <class Real> constexpr auto float16_weights(const Real& net) {
    return detail::ReadAs<Float16Weights, typename Real::layer>::of(net);
}

}  // namespace qtensor::inline QTENSOR_ABI
