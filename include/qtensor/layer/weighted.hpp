// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A layer with weights and a bias, y = activation(sums(x, w) + b), in both readings. Dense, convolution and depthwise
/// convolution differ in the sums alone, which a type describes:
///
///     input_shape, output_shape, weight_shape     of one sample; static
///     input_image, output_image                   optional: the shapes as the sums see them, of equal size
///     outputs, depth, macs                        biases, weights per bias, multiply-adds per sample
///     weight_axis                                 the axis of weight_shape that has a scale per output
///     packed<Arch>(X, weights)                    the weights in reading order
///     Bound<Acc, Packed, XScale, Stages...>       what runs them, made by bind<Acc>(packed, x_scale, stages...)
///     workspace_bytes<Bound>(batch, workers)      or (batch) alone, where an executor has nothing to divide

#include "../gemm/add_bias.hpp"
#include "../gemm/requantize.hpp"
#include "../scale/on_axis.hpp"
#include "activation.hpp"
#include "layer.hpp"
#include "measured.hpp"
#include "parameters.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// `Self` is the layer itself, named by its parameters.
template <class Self, class Sums, class Activation, class N> struct WeightedLayer {
    static_assert(detail::must_be_activation<Activation>() && detail::must_be_numerics<N>());
    using numerics = N;
    using input_shape = typename Sums::input_shape;
    using output_shape = typename Sums::output_shape;
    using activation_element = typename N::activation;
    using activation_scale = typename N::activation_scale;
    using bias_element = bias_of<N>;
    using weight_element = typename N::weight;
    using weight_scale = on_axis<Sums::weight_axis, typename N::template weight_scale<Sums::outputs>>;
    using weight_shape = typename Sums::weight_shape;

    /// Multiply-adds per sample, and bytes of the integer weights alone.
    static constexpr std::size_t macs = Sums::macs;
    static constexpr std::size_t weight_bytes =
        cells_for<weight_element>(static_size<weight_shape>) * sizeof(cell_of<weight_element>);

    template <class Arch> struct PackedFloat;
    template <class Arch> struct PackedQuantized;

    /// What training finds.
    struct Float {
        using layer = Self;
        template <class Arch> using packed = PackedFloat<Arch>;
        QTensor<float, Unscaled, weight_shape, Inline> weights{};
        QTensor<float, Unscaled, Shape<Sums::outputs>, Inline> bias{};
    };

    /// What is deployed. The bias is in units of s_x * s_w, zero point 0; a real number where activations are.
    struct Quantized {
        using layer = Self;
        template <class Arch>
        using packed =
            std::conditional_t<detail::is_dynamic<N>, MeasuredLayer<Self, Sums, Activation, N, Quantized, Arch>,
                               PackedQuantized<Arch>>;
        QTensor<weight_element, weight_scale, weight_shape, Inline> weights{};
        QTensor<bias_element, Unscaled, Shape<Sums::outputs>, Inline> bias{};
        activation_scale input{};
        activation_scale output{};
    };

    /// Post-training quantization of the parameters: weights to the range of each output, the bias to input x weight
    /// scale.
    static constexpr Quantized quantized(const Float& real, activation_scale input, activation_scale output) {
        const float* weights = real.weights.data();
        const auto weight = [&](std::size_t j, std::size_t i) {
            return weights[Sums::weight_axis == 0 ? j * Sums::depth + i : i * Sums::outputs + j];
        };
        const auto bias = [&](std::size_t j) { return real.bias(j); };
        const weight_scale scale(fit_weight_scale<N, Sums::outputs>(Sums::depth, weight, bias, input.scale(0)));
        return quantized(real, scale, input, output);
    }

    /// The same with scales of the weights that somebody else has chosen; weights beyond their codes saturate.
    static constexpr Quantized quantized(const Float& real, const weight_scale& scale, activation_scale input,
                                         activation_scale output) {
        const float* weights = real.weights.data();
        Quantized codes{QTensor<weight_element, weight_scale, weight_shape, Inline>({}, scale), {}, input, output};
        quantize_into(std::span<const float>(weights, real.weights.size()), codes.weights, typename N::rounding{});
        for (std::size_t j = 0; j < Sums::outputs; ++j)
            codes.bias(j) = quantize_bias<N, bias_element>(real.bias(j), input.scale(0), scale.scale(j), j);
        return codes;
    }

    /// Both readings: they differ in elements, sums, scales and stages. With fewer stages than theirs it makes sums.
    template <class Arch, class X, class XScale, class Weights, class... Stages> struct Packed {
        using layer = Self;
        using input_element = X;
        using Acc = std::conditional_t<std::same_as<X, float>, void, accumulator_of<N>>;
        using Kernel = std::conditional_t<std::same_as<Acc, std::int64_t>, arch::scalar, Arch>;
        using PackedWeights = decltype(Sums::template packed<Kernel, X>(std::declval<const Weights&>()));
        using Bound = typename Sums::template Bound<Acc, PackedWeights, XScale, Stages...>;
        using output_element = typename Bound::element_type;
        static constexpr bool refers_to_parameters = PackedWeights::in_place;

        constexpr Packed(const Weights& weights, XScale input, const Stages&... stages)
            : weights_(Sums::template packed<Kernel, X>(weights)),
              bound_(Sums::template bind<Acc>(weights_, input, stages...)) {}

        constexpr const XScale& input_scale() const { return bound_.input_scale(); }
        constexpr const auto& output_scale() const { return bound_.output_scale(); }
        static constexpr std::size_t workspace_bytes(std::size_t batch, std::size_t workers = 1) {
            return detail::sums_workspace<Sums, Bound>(batch, workers);
        }
        template <class E = Serial>
        constexpr void run(const cell_of<X>* x, cell_of<output_element>* y, std::size_t batch,
                           std::span<std::byte> workspace, [[maybe_unused]] const E& executor = {}) const {
            static_assert(detail::must_be_executor<E>());
            using In = detail::Batched<typename detail::image_of<Sums>::input>;
            using Out = detail::Batched<typename detail::image_of<Sums>::output>;
            const QTensor<const X, XScale, In> from(x, In(batch), bound_.input_scale());
            const QTensor<output_element, typename Bound::scale_type, Out> to(y, Out(batch), bound_.output_scale());
            if constexpr (requires { bound_.run(weights_, from, to, workspace, executor); }) {
                bound_.run(weights_, from, to, workspace, executor);
            } else {
                bound_.run(weights_, from, to, workspace);
            }
        }

    private:
        PackedWeights weights_;
        Bound bound_;
    };

    using sums = Sums;
    using activation = Activation;
    using FloatBias = AddBias<decltype(Float::bias)>;
    using IntegerBias = AddBias<decltype(Quantized::bias)>;

private:
    using Requantizer = Requantize<activation_element, typename N::dialect, activation_scale>;
};

/// The float reading, on the float kernel of Arch.
template <class Self, class Sums, class Activation, class N>
template <class Arch>
struct WeightedLayer<Self, Sums, Activation, N>::PackedFloat
    : Packed<Arch, float, Unscaled, decltype(Float::weights), FloatBias, Activation> {
    constexpr explicit PackedFloat(const Float& real)
        : PackedFloat::Packed(real.weights, Unscaled{}, FloatBias{real.bias}, Activation{}) {}
    static constexpr Unscaled output_scale() { return {}; }
};

/// The integer reading, on the integer kernel of Arch.
template <class Self, class Sums, class Activation, class N>
template <class Arch>
struct WeightedLayer<Self, Sums, Activation, N>::PackedQuantized
    : Packed<Arch, typename N::activation, typename N::activation_scale, decltype(Quantized::weights), IntegerBias,
             Requantizer, Activation> {
    constexpr explicit PackedQuantized(const Quantized& codes)
        : PackedQuantized::Packed(codes.weights, codes.input, IntegerBias{codes.bias}, Requantizer{codes.output},
                                  Activation{}) {}
};

}  // namespace qtensor::inline QTENSOR_ABI
