// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// TensorFlow Lite's "dynamic range quantization": weights are codes, activations are real numbers that every layer
/// with weights measures and quantizes as they come in, sample by sample. No samples are needed beforehand.
///
///     const auto light = dynamic_range(net);
///     const auto model = pack<arch::native>(light);        // floats in, floats out
///
/// Dense and Conv2d are read as numerics::Dynamic says (TFLite's hybrid kernels; layer/measured.hpp has the formula);
/// other layers stay float32. A network that is defined with that bundle has dynamic recurrent and attention layers,
/// too.

#include "../layer/measured.hpp"
#include "reading.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The kind of reading (reading.hpp).
struct DynamicRange {
    template <class L> static constexpr bool reads = detail::is_product_layer<L>;

    template <class L> struct Parameters {
        using layer = L;
        using Weights = QTensor<int8_symmetric, PerChannel<L::sums::outputs>, typename L::weight_shape, Inline>;
        template <class Arch>
        using packed = MeasuredLayer<L, typename L::sums, typename L::activation, numerics::Dynamic, Parameters, Arch>;
        Weights weights{};
        decltype(L::Float::bias) bias{};

        constexpr explicit Parameters(const typename L::Float& real) : weights({}, fitted(real)), bias(real.bias) {
            quantize_into(std::span<const float>(real.weights.data(), real.weights.size()), weights, HalfAway{});
        }

    private:
        static constexpr auto fitted(const typename L::Float& real) {
            const auto weight = [&](std::size_t j, std::size_t i) {
                return real.weights.data()[j * L::sums::depth + i];
            };
            return fit_weight_scale<numerics::Dynamic, L::sums::outputs>(
                L::sums::depth, weight, [](std::size_t) { return 0.0f; }, 1.0f);
        }
    };
};

/// The parameters of a network with weights of one byte and activations that are measured as they come.
template <class Real> constexpr auto dynamic_range(const Real& net) {
    return detail::ReadAs<DynamicRange, typename Real::layer>::of(net);
}

}  // namespace qtensor::inline QTENSOR_ABI
