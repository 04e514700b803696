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
#include "bound_conv2d.hpp"
#include "weighted.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
template <class Image, std::size_t Out, class K, std::size_t Groups> struct Conv2dSums : ImageWindow<Image, K> {
    using ImageWindow<Image, K>::image;
    using ImageWindow<Image, K>::window;
    static_assert(Out > 0, "a convolution has at least one output channel");
    static_assert(Groups > 0 && image.channels % (Groups > 0 ? Groups : 1) == 0,
                  "the input channels of a convolution are divided evenly among its groups");
    static_assert(Groups > 0 && Out % (Groups > 0 ? Groups : 1) == 0,
                  "the output channels of a convolution are divided evenly among its groups");
    static constexpr std::size_t channels = image.channels / (Groups > 0 ? Groups : 1);
    using output_shape = typename ImageWindow<Image, K>::template output_shape<Out>;
    using weight_shape = Shape<Out, K::height, K::width, channels>;
    static constexpr int weight_axis = 0;
    static constexpr std::size_t outputs = Out, depth = K::height * K::width * channels;
    static constexpr std::size_t macs = static_size<output_shape> * depth;  // padding counted

    template <class Arch, class X, class Weights> static constexpr auto packed(const Weights& weights) {
        return packed_for<Arch, X, decltype(filter_rows(weights))>(filter_rows(weights));
    }
    template <class Acc, class Packed, class XScale, class... Stages>
    using Bound = BoundGroupedConv2d<Groups, Packed, XScale, Acc, Stages...>;
    template <class Acc, class Packed, class XScale, class... Stages>
    static constexpr auto bind(const Packed& weights, XScale x_scale, const Stages&... stages) {
        return Bound<Acc, Packed, XScale, Stages...>(weights, window, Groups, x_scale, BindMemory{}, stages...);
    }
    template <class Bound> static constexpr std::size_t workspace_bytes(std::size_t, std::size_t workers = 1) {
        return Bound::workspace_bytes(window, Groups, image, workers);
    }
};
}  // namespace detail

template <class Image, std::size_t Out, class K, class Activation = Identity, class N = numerics::TfLite,
          std::size_t Groups = 1>
struct Conv2d : WeightedLayer<Conv2d<Image, Out, K, Activation, N, Groups>, detail::Conv2dSums<Image, Out, K, Groups>,
                              Activation, N> {
    /// The window over this image, with its padding worked out.
    static constexpr Window window = detail::Conv2dSums<Image, Out, K, Groups>::window;
    static constexpr std::size_t groups = Groups;
};

}  // namespace qtensor::inline QTENSOR_ABI
