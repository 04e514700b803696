// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Bias correction (M. Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV
/// 2019, section 4.2 and appendix D): rounding shifts the mean of a layer's outputs; the shift is measured on samples,
/// in front of the activation, and taken out of the bias.
///
///     bias' = bias - round((E[sums of the codes] - E[sums of the floats]) / (s_x s_w))
///
/// Layers are corrected from front to back, so each takes the shifts in front of it into account.
///
///     const auto better = bias_corrected(net, calibrate(net, samples), samples);

#include "../tensor/dequantize.hpp"
#include "adjust.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// The mean of each output of a layer's sums and bias over samples and positions.
template <class L>
std::vector<double> mean_sums(const typename L::Float& real, const std::vector<float>& x, std::size_t n) {
    using Packed =
        typename L::template Packed<arch::native, float, Unscaled, decltype(L::Float::weights), typename L::FloatBias>;
    const Packed packed(real.weights, Unscaled{}, typename L::FloatBias{real.bias});
    std::vector<float> y(checked_product(n, output_size<L>));
    const AlignedBytes workspace(Packed::workspace_bytes(n));
    packed.run(x.data(), y.data(), n, workspace.span());
    constexpr std::size_t outputs = L::sums::outputs;
    std::vector<double> mean(outputs);
    for (std::size_t i = 0; i < y.size(); ++i) mean[i % outputs] += static_cast<double>(y[i]);
    for (double& value : mean) value *= static_cast<double>(outputs) / static_cast<double>(y.size());
    return mean;
}

/// What the codes of a layer mean, as float parameters.
template <class L> typename L::Float meant_parameters(const typename L::Quantized& codes) {
    typename L::Float made{};
    dequantize_into(codes.weights, std::span<float>(made.weights.data(), made.weights.size()));
    for (std::size_t j = 0; j < codes.bias.size(); ++j) {
        made.bias(j) =
            static_cast<float>(static_cast<double>(codes.bias(j)) * static_cast<double>(codes.input.scale(0)) *
                               static_cast<double>(codes.weights.scale().scale(j)));
    }
    return made;
}

}  // namespace detail

/// `quantized` with corrected biases; recurrent layers stay as they are. Throws as calibrate does.
template <class FloatNet, class Quantized>
Quantized bias_corrected(const FloatNet& net, Quantized quantized, std::span<const float> samples) {
    adjust_layers(net, quantized, samples, [](const auto& real, auto& codes, const auto& in) {
        using L = typename std::remove_cvref_t<decltype(codes)>::layer;
        if constexpr (detail::has_sums<L>) {
            const auto wanted = detail::mean_sums<L>(real, in.real, in.samples);
            const auto found =
                detail::mean_sums<L>(detail::meant_parameters<L>(codes), in.meant(codes.input), in.samples);
            for (std::size_t j = 0; j < codes.bias.size(); ++j) {
                const double unit =
                    static_cast<double>(codes.input.scale(0)) * static_cast<double>(codes.weights.scale().scale(j));
                const double bias = static_cast<double>(codes.bias(j)) - std::round((found[j] - wanted[j]) / unit);
                codes.bias(j) = static_cast<std::remove_cvref_t<decltype(codes.bias(j))>>(
                    std::min(std::max(bias, -1073741824.0), 1073741824.0));
            }
        }
    });
    return quantized;
}

}  // namespace qtensor::inline QTENSOR_ABI
