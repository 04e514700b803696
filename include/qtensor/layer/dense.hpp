// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Dense (fully connected): y = activation(x * w^T + b), weights [Out][In].
///
///     integer reading   acc = b + sum_k (x_k - z_x) w_k ;  y = activation(requantize(acc))     (TFLite
///     FULLY_CONNECTED)
///
/// The bias is int32 in units of s_x * s_w[c], zero point 0.

#include "../gemm.hpp"
#include "activation.hpp"
#include "layer.hpp"
#include "parameters.hpp"

namespace qtensor::inline QTENSOR_ABI {

template <std::size_t In, std::size_t Out, class Activation = Identity, class N = numerics::TfLite> struct Dense {
    static_assert(detail::must_be_activation<Activation>() && detail::must_be_numerics<N>());
    static_assert(In > 0 && Out > 0, "a Dense layer has at least one input and one output");
    using numerics = N;
    using input_shape = Shape<In>;
    using output_shape = Shape<Out>;
    using activation_element = typename N::activation;
    using activation_scale = typename N::activation_scale;
    using weight_element = typename N::weight;
    using weight_scale = typename N::template weight_scale<Out>;

    /// Multiply-adds per sample, and bytes of the integer weights alone.
    static constexpr std::size_t macs = In * Out;
    static constexpr std::size_t weight_bytes = cells_for<weight_element>(In * Out) * sizeof(cell_of<weight_element>);

    template <class Arch> struct PackedFloat;
    template <class Arch> struct PackedQuantized;

    /// What training finds.
    struct Float {
        using layer = Dense;
        template <class Arch> using packed = PackedFloat<Arch>;
        QTensor<float, Unscaled, Shape<Out, In>, Inline> weights{};
        QTensor<float, Unscaled, Shape<Out>, Inline> bias{};
    };

    /// What is deployed.
    struct Quantized {
        using layer = Dense;
        template <class Arch> using packed = PackedQuantized<Arch>;
        QTensor<weight_element, weight_scale, Shape<Out, In>, Inline> weights{};
        QTensor<std::int32_t, Unscaled, Shape<Out>, Inline> bias{};
        activation_scale input{};
        activation_scale output{};
    };

    /// Post-training quantization of the parameters: weights to the range of each channel, the bias to input x weight
    /// scale.
    static constexpr Quantized quantized(const Float& real, activation_scale input, activation_scale output) {
        const auto weight = [&](std::size_t c, std::size_t k) { return real.weights(c, k); };
        const auto bias = [&](std::size_t c) { return real.bias(c); };
        const auto scale = fit_weight_scale<N, Out>(In, weight, bias, input.scale(0));
        Quantized codes{QTensor<weight_element, weight_scale, Shape<Out, In>, Inline>({}, scale), {}, input, output};
        quantize_into(std::span<const float>(real.weights.data(), In * Out), codes.weights, typename N::rounding{});
        for (std::size_t c = 0; c < Out; ++c)
            codes.bias(c) = quantize_bias<N>(real.bias(c), input.scale(0), scale.scale(c), c);
        return codes;
    }
};

/// The float reading, on the float kernel of Arch.
template <std::size_t In, std::size_t Out, class Activation, class N>
template <class Arch>
struct Dense<In, Out, Activation, N>::PackedFloat {
    using layer = Dense;
    using input_element = float;
    using output_element = float;

    constexpr explicit PackedFloat(const Float& real)
        : weights_(real.weights), linear_(weights_, Unscaled{}, BindMemory{}, AddBias{real.bias}, Activation{}) {}

    static constexpr Unscaled input_scale() { return {}; }
    static constexpr Unscaled output_scale() { return {}; }
    static constexpr std::size_t workspace_bytes(std::size_t batch) { return Product::workspace_bytes(batch, In); }

    constexpr void run(const float* x, float* y, std::size_t batch, std::span<std::byte> workspace) const {
        const QTensor<const float, Unscaled, Shape<dyn, In>> from(x, Shape<dyn, In>(batch));
        const QTensor<float, typename Product::scale_type, Shape<dyn, Out>> to(y, Shape<dyn, Out>(batch),
                                                                               linear_.output_scale());
        linear_.run(weights_, from, to, workspace);
    }

private:
    using Weights = packed_for<Arch, float, decltype(Float::weights)>;
    using Product = BoundLinear<Weights, Unscaled, void, AddBias<decltype(Float::bias)>, Activation>;
    Weights weights_;
    Product linear_;
};

/// The integer reading, on the integer kernel of Arch.
template <std::size_t In, std::size_t Out, class Activation, class N>
template <class Arch>
struct Dense<In, Out, Activation, N>::PackedQuantized {
    using layer = Dense;
    using input_element = activation_element;
    using output_element = activation_element;

    constexpr explicit PackedQuantized(const Quantized& codes)
        : weights_(codes.weights), input_(codes.input),
          linear_(weights_, codes.input, BindMemory{}, AddBias{codes.bias}, Requantizer{codes.output}, Activation{}) {}

    constexpr activation_scale input_scale() const { return input_; }
    constexpr activation_scale output_scale() const { return linear_.output_scale(); }
    static constexpr std::size_t workspace_bytes(std::size_t batch) { return Product::workspace_bytes(batch, In); }

    constexpr void run(const cell_of<input_element>* x, cell_of<output_element>* y, std::size_t batch,
                       std::span<std::byte> workspace) const {
        const QTensor<const activation_element, activation_scale, Shape<dyn, In>> from(x, Shape<dyn, In>(batch),
                                                                                       input_);
        const QTensor<activation_element, activation_scale, Shape<dyn, Out>> to(y, Shape<dyn, Out>(batch),
                                                                                linear_.output_scale());
        linear_.run(weights_, from, to, workspace);
    }

private:
    using Requantizer = Requantize<activation_element, typename N::dialect, activation_scale>;
    using Weights = packed_for<Arch, activation_element, decltype(Quantized::weights)>;
    using Product =
        BoundLinear<Weights, activation_scale, void, AddBias<decltype(Quantized::bias)>, Requantizer, Activation>;
    Weights weights_;
    activation_scale input_;
    Product linear_;
};

}  // namespace qtensor::inline QTENSOR_ABI
