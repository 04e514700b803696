// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Pooling layers over images [height][width][channels]; what they compute is said in pool.hpp.
///
///     MaxPool2d<Shape<28, 28, 8>, Kernel<2, 2, Stride<2>>>
///     AveragePool2d<Shape<7, 7, 64>, Kernel<3, 3, Same>, Relu>
///     GlobalAveragePool2d<Shape<7, 7, 1024>>                        one cell per channel
///
/// Input and output have the same scale and zero point.

#include "activation.hpp"
#include "pool.hpp"
#include "weightless.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// No stage for Identity: bytes need not be widened for it.
template <class Activation, class In> constexpr auto bind_pooled(const In& in) {
    if constexpr (std::same_as<Activation, Identity>) {
        return bind_stages(in);
    } else {
        return bind_stages(in, Activation{});
    }
}

template <class Image, class K, class How, class Activation> struct PoolOp : ImageWindow<Image, K> {
    static_assert(must_be_activation<Activation>());
    using ImageWindow<Image, K>::image;
    using ImageWindow<Image, K>::window;
    static_assert(sees_something(window.y, image.height) && sees_something(window.x, image.width),
                  "a pooling window would lie in the padding alone: use less padding");
    static_assert(window.taps() <= How::longest, "the sum of a pooling window would not fit an int32");
    using output_shape = typename ImageWindow<Image, K>::template output_shape<image.channels>;
    static constexpr std::size_t macs = static_size<output_shape> * window.taps();

    template <class S> static constexpr S fixed_output(const S& input) { return input; }

    template <class Arch, class X, class S> struct Bound {
        using output_element = X;
        using In = Incoming<X, image.channels, S>;
        decltype(bind_pooled<Activation>(std::declval<In>())) stages;

        constexpr Bound(const S& input, const S&) : stages(bind_pooled<Activation>(In{input, image.channels})) {}
        static constexpr std::size_t units = output_shape::static_extent(0);  // rows
        constexpr void run_units(const cell_of<X>* x, cell_of<X>* y, std::size_t first, std::size_t last) const {
            pool_rows<Arch, How, X>(window, image, x, y, units, output_shape::static_extent(1), first, last, stages);
        }
    };
};
}  // namespace detail

template <class Image, class K, class Activation = Identity, class N = numerics::TfLite>
struct MaxPool2d
    : WeightlessLayer<MaxPool2d<Image, K, Activation, N>, detail::PoolOp<Image, K, Largest, Activation>, N> {};

template <class Image, class K, class Activation = Identity, class N = numerics::TfLite>
struct AveragePool2d
    : WeightlessLayer<AveragePool2d<Image, K, Activation, N>, detail::PoolOp<Image, K, Mean, Activation>, N> {};

/// The mean of each channel.
template <class Image, class Activation = Identity, class N = numerics::TfLite>
using GlobalAveragePool2d =
    AveragePool2d<Image, Kernel<Image::static_extent(0), Image::static_extent(1)>, Activation, N>;

/// The largest number of each channel.
template <class Image, class Activation = Identity, class N = numerics::TfLite>
using GlobalMaxPool2d = MaxPool2d<Image, Kernel<Image::static_extent(0), Image::static_extent(1)>, Activation, N>;

}  // namespace qtensor::inline QTENSOR_ABI
