// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Transposed convolution of images [height][width][channels], filters [Out][rows][columns][channels]:
///
///     TransposeConv2d<Shape<7, 7, 64>, 32, Kernel<3, 3, Stride<2>, Same>, Relu>      to [14][14][32]
///
/// Same makes stride times the input; otherwise the result has (input - 1) stride + span - padding cells along an axis.
/// Integer reading: TFLite TRANSPOSE_CONV. The bias is int32 in units of s_x * s_w[c], zero point 0.

#include "bound_transpose_conv2d.hpp"
#include "weighted.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
template <class Image, std::size_t Out, class K> struct TransposeConvSums {
    static_assert(Image::is_static && Image::rank == 3 && static_size<Image> > 0,
                  "this layer takes images of static shape: Shape<height, width, channels>");
    static_assert(Out > 0, "a transposed convolution has at least one output channel");
    static_assert(K::options().y.is_usable() && K::options().x.is_usable(),
                  "a transposed convolution has taps, and its strides and dilations are at least 1");
    static constexpr ImageSize image{Image{}.extent(0), Image{}.extent(1), Image{}.extent(2)};

    /// One axis: where the result is cut, and how long it is.
    struct Axis {
        WindowAxis window;
        std::size_t output;
    };
    static constexpr Axis axis(WindowAxis given, std::size_t input) {
        const std::size_t whole = (input - 1) * given.stride + given.span();
        if (K::is_same) {
            const std::size_t output = input * given.stride;
            given.before = whole > output ? (whole - output) / 2 : 0;
            return {given, output};
        }
        return {given, whole > given.before + given.after ? whole - given.before - given.after : 0};
    }
    static constexpr Axis y = axis(K::options().y, image.height);
    static constexpr Axis x = axis(K::options().x, image.width);
    static_assert(y.output > 0 && x.output > 0, "the padding of a transposed convolution leaves nothing");
    static constexpr Window window{y.window, x.window};

    using input_shape = Image;
    using output_shape = Shape<y.output, x.output, Out>;
    using weight_shape = Shape<Out, K::height, K::width, image.channels>;
    static constexpr int weight_axis = 0;
    static constexpr std::size_t outputs = Out, depth = K::height * K::width * image.channels;
    static constexpr std::size_t macs = image.height * image.width * Out * depth;  // what is cut off counted

    template <class Arch, class X, class Weights> static constexpr auto packed(const Weights& weights) {
        return packed_for<Arch, X, decltype(filter_rows(weights))>(filter_rows(weights));
    }
    template <class Acc, class Packed, class XScale, class... Stages>
    using Bound = BoundTransposeConv2d<Packed, XScale, Acc, Stages...>;
    template <class Acc, class Packed, class XScale, class... Stages>
    static constexpr auto bind(const Packed& weights, XScale x_scale, const Stages&... stages) {
        return Bound<Acc, Packed, XScale, Stages...>(weights, window, x_scale, BindMemory{}, stages...);
    }
    template <class Bound> static constexpr std::size_t workspace_bytes(std::size_t) {
        return Bound::workspace_bytes(window, image);
    }
};
}  // namespace detail

template <class Image, std::size_t Out, class K, class Activation = Identity, class N = numerics::TfLite>
struct TransposeConv2d : WeightedLayer<TransposeConv2d<Image, Out, K, Activation, N>,
                                       detail::TransposeConvSums<Image, Out, K>, Activation, N> {
    /// Where the result is cut.
    static constexpr Window window = detail::TransposeConvSums<Image, Out, K>::window;
};

}  // namespace qtensor::inline QTENSOR_ABI
