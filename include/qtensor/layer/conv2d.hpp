// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Two-dimensional convolution of images [height][width][channels], filters [Out][rows][columns][channels / Groups]:
///
///     Conv2d<Shape<28, 28, 1>, 8, Kernel<3, 3>, Relu>
///     Conv2d<Shape<56, 56, 64>, 128, Kernel<3, 3, Stride<2>, Same>, Identity, numerics::Xnnpack>
///
/// Integer reading: TFLite CONV_2D, acc = b + sum (x - z_x) w over the taps inside the image. Float reading: the same
/// in real numbers. The bias is int32 in units of s_x * s_w[c], zero point 0.

#include "../gemm.hpp"
#include "activation.hpp"
#include "bound_conv2d.hpp"
#include "layer.hpp"
#include "parameters.hpp"

namespace qtensor::inline QTENSOR_ABI {

template <class Image, std::size_t Out, class K, class Activation = Identity, class N = numerics::TfLite,
          std::size_t Groups = 1>
struct Conv2d {
    static_assert(detail::must_be_activation<Activation>() && detail::must_be_numerics<N>());
    static_assert(Image::is_static && Image::rank == 3,
                  "a convolution takes images of static shape: Conv2d<Shape<height, width, channels>, ...>");
    static constexpr ImageSize image{Image{}.extent(0), Image{}.extent(1), Image{}.extent(2)};
    static_assert(Out > 0 && image.channels > 0, "a convolution has at least one input and one output channel");
    static_assert(Groups > 0 && image.channels % (Groups > 0 ? Groups : 1) == 0,
                  "the input channels of a convolution are divided evenly among its groups");
    static_assert(Groups > 0 && Out % (Groups > 0 ? Groups : 1) == 0,
                  "the output channels of a convolution are divided evenly among its groups");
    using Geometry = detail::StaticWindow<K, image.height, image.width>;
    static constexpr Window window = Geometry::value;
    static constexpr std::size_t groups = Groups;
    static constexpr std::size_t filter_size = K::height * K::width * (image.channels / (Groups > 0 ? Groups : 1));

    using numerics = N;
    using input_shape = Image;
    using output_shape = Shape<Geometry::output_height, Geometry::output_width, Out>;
    using activation_element = typename N::activation;
    using activation_scale = typename N::activation_scale;
    using weight_element = typename N::weight;
    using weight_scale = typename N::template weight_scale<Out>;
    using filter_shape = Shape<Out, K::height, K::width, image.channels / (Groups > 0 ? Groups : 1)>;

    /// Multiply-adds per sample, padding counted, and bytes of the integer weights alone.
    static constexpr std::size_t macs = static_size<output_shape> * filter_size;
    static constexpr std::size_t weight_bytes =
        cells_for<weight_element>(Out * filter_size) * sizeof(cell_of<weight_element>);

    template <class Arch> struct PackedFloat;
    template <class Arch> struct PackedQuantized;

    /// What training finds.
    struct Float {
        using layer = Conv2d;
        template <class Arch> using packed = PackedFloat<Arch>;
        QTensor<float, Unscaled, filter_shape, Inline> weights{};
        QTensor<float, Unscaled, Shape<Out>, Inline> bias{};
    };

    /// What is deployed.
    struct Quantized {
        using layer = Conv2d;
        template <class Arch> using packed = PackedQuantized<Arch>;
        QTensor<weight_element, weight_scale, filter_shape, Inline> weights{};
        QTensor<std::int32_t, Unscaled, Shape<Out>, Inline> bias{};
        activation_scale input{};
        activation_scale output{};
    };

    /// Post-training quantization of the parameters: weights to the range of each filter, the bias to input x weight
    /// scale.
    static constexpr Quantized quantized(const Float& real, activation_scale input, activation_scale output) {
        const auto weight = [&](std::size_t c, std::size_t k) { return real.weights.data()[c * filter_size + k]; };
        const auto bias = [&](std::size_t c) { return real.bias(c); };
        const auto scale = fit_weight_scale<N, Out>(filter_size, weight, bias, input.scale(0));
        Quantized codes{QTensor<weight_element, weight_scale, filter_shape, Inline>({}, scale), {}, input, output};
        quantize_into(std::span<const float>(real.weights.data(), Out * filter_size), codes.weights,
                      typename N::rounding{});
        for (std::size_t c = 0; c < Out; ++c)
            codes.bias(c) = quantize_bias<N>(real.bias(c), input.scale(0), scale.scale(c), c);
        return codes;
    }

private:
    /// Both readings: they differ in elements, scales and stages.
    template <class Arch, class X, class XScale, class Filters, class... Stages> struct Packed {
        using layer = Conv2d;
        using input_element = X;
        using Weights = packed_for<Arch, X, decltype(filter_rows(std::declval<const Filters&>()))>;
        using Bound = BoundConv2d<Weights, XScale, void, Stages...>;
        using output_element = typename Bound::element_type;

        constexpr Packed(const Filters& filters, XScale input, const Stages&... stages)
            : weights_(filter_rows(filters)), bound_(weights_, window, Groups, input, BindMemory{}, stages...) {}

        constexpr XScale input_scale() const { return bound_.input_scale(); }
        constexpr auto output_scale() const { return bound_.output_scale(); }
        static constexpr std::size_t workspace_bytes(std::size_t) {
            return Bound::workspace_bytes(window, Groups, image);
        }
        constexpr void run(const cell_of<X>* x, cell_of<output_element>* y, std::size_t batch,
                           std::span<std::byte> workspace) const {
            using In = Shape<dyn, image.height, image.width, image.channels>;
            using To = Shape<dyn, Geometry::output_height, Geometry::output_width, Out>;
            const QTensor<const X, XScale, In> from(x, In(batch), input_scale());
            const QTensor<output_element, typename Bound::scale_type, To> to(y, To(batch), output_scale());
            bound_.run(weights_, from, to, workspace);
        }

    private:
        Weights weights_;
        Bound bound_;
    };

    using FloatBias = AddBias<decltype(Float::bias)>;
    using IntegerBias = AddBias<decltype(Quantized::bias)>;
    using Requantizer = Requantize<activation_element, typename N::dialect, activation_scale>;
};

/// The float reading, on the float kernel of Arch.
template <class Image, std::size_t Out, class K, class Activation, class N, std::size_t Groups>
template <class Arch>
struct Conv2d<Image, Out, K, Activation, N, Groups>::PackedFloat
    : Packed<Arch, float, Unscaled, decltype(Float::weights), FloatBias, Activation> {
    constexpr explicit PackedFloat(const Float& real)
        : PackedFloat::Packed(real.weights, Unscaled{}, FloatBias{real.bias}, Activation{}) {}
    static constexpr Unscaled output_scale() { return {}; }
};

/// The integer reading, on the integer kernel of Arch.
template <class Image, std::size_t Out, class K, class Activation, class N, std::size_t Groups>
template <class Arch>
struct Conv2d<Image, Out, K, Activation, N, Groups>::PackedQuantized
    : Packed<Arch, typename N::activation, typename N::activation_scale, decltype(Quantized::weights), IntegerBias,
             Requantizer, Activation> {
    constexpr explicit PackedQuantized(const Quantized& codes)
        : PackedQuantized::Packed(codes.weights, codes.input, IntegerBias{codes.bias}, Requantizer{codes.output},
                                  Activation{}) {}
};

}  // namespace qtensor::inline QTENSOR_ABI
