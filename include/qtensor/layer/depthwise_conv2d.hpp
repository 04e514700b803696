// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Depthwise convolution: every channel of an image [height][width][channels] has filters of its own, `Multiplier` of
/// them; filters [rows][columns][channels * Multiplier], output j comes from channel j / Multiplier.
///
///     DepthwiseConv2d<Shape<112, 112, 32>, Kernel<3, 3, Same>, Relu>
///
/// Integer reading: TFLite DEPTHWISE_CONV_2D, acc = b + sum (x - z_x) w over the taps inside the image. The bias is
/// int32 in units of s_x * s_w[j], zero point 0.

#include "bound_depthwise2d.hpp"
#include "weighted.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
template <class Image, class K, std::size_t Multiplier> struct DepthwiseSums : ImageWindow<Image, K> {
    using ImageWindow<Image, K>::image;
    using ImageWindow<Image, K>::window;
    static_assert(Multiplier > 0, "a depthwise convolution makes at least one output of each channel");
    static constexpr std::size_t outputs = image.channels * Multiplier, depth = K::height * K::width;
    using output_shape = typename ImageWindow<Image, K>::template output_shape<outputs>;
    using weight_shape = Shape<K::height, K::width, outputs>;
    static constexpr int weight_axis = 2;
    static constexpr std::size_t macs = static_size<output_shape> * depth;  // padding counted

    template <class Arch, class X, class Weights> static constexpr auto packed(const Weights& weights) {
        return depthwise_for<Arch, X, Weights>(weights);
    }
    template <class Acc, class Packed, class XScale, class... Stages>
    using Bound = BoundDepthwise2d<Packed, XScale, Acc, Stages...>;
    template <class Acc, class Packed, class XScale, class... Stages>
    static constexpr auto bind(const Packed& weights, XScale x_scale, const Stages&... stages) {
        return Bound<Acc, Packed, XScale, Stages...>(weights, window, Multiplier, x_scale, BindMemory{}, stages...);
    }
    template <class Bound> static constexpr std::size_t workspace_bytes(std::size_t, std::size_t workers = 1) {
        return Bound::workspace_bytes(window, Multiplier, image, workers);
    }
};
}  // namespace detail

template <class Image, class K, class Activation = Identity, class N = numerics::TfLite, std::size_t Multiplier = 1>
struct DepthwiseConv2d : WeightedLayer<DepthwiseConv2d<Image, K, Activation, N, Multiplier>,
                                       detail::DepthwiseSums<Image, K, Multiplier>, Activation, N> {
    /// The window over this image, with its padding worked out.
    static constexpr Window window = detail::DepthwiseSums<Image, K, Multiplier>::window;
    static constexpr std::size_t multiplier = Multiplier;
};

}  // namespace qtensor::inline QTENSOR_ABI
