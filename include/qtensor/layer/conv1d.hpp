// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// One-dimensional convolution of signals [length][channels], filters [Out][taps][channels / Groups]:
///
///     Conv1d<Shape<160, 8>, 16, Kernel1d<7, Stride<2>, Same>, Relu>
///     Conv1d<Shape<160, 8>, 16, Kernel1d<3, Dilation<2>, Causal>>         sees no sample that is yet to come
///     Conv1d<Shape<128, 64>, 192, Kernel1d<1>>                            the same matrix for every position
///
/// It is Conv2d (conv2d.hpp) of an image of one row, in both readings.

#include "conv2d.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Padding in front alone, as much as the kernel looks back.
struct Causal {
    static constexpr void set(Window&) {}
};

/// A window in a layer's type: Taps along one axis and, in any order, Stride, Dilation, and Padding, Same or Causal.
template <std::size_t Taps, class... Options> struct Kernel1d {
    static_assert(Taps > 0, "a kernel has at least one tap: Kernel1d<3>");
    static constexpr std::size_t height = 1, width = Taps;
    static constexpr bool is_same = (std::is_same_v<Options, Same> || ...);
    static constexpr bool is_causal = (std::is_same_v<Options, Causal> || ...);

    /// The window over a row of this size.
    static constexpr Window window(std::size_t, std::size_t length) {
        Window made = options();
        if constexpr (is_same) made.x = made.x.same(length);
        return made;
    }
    /// What the options alone say, for a sentence when they are wrong.
    static constexpr Window options() {
        Window made{{1}, {Taps}};
        (Options::set(made), ...);
        made.y = {1};
        if (is_causal) made.x.before = (Taps - 1) * made.x.dilation, made.x.after = 0;
        return made;
    }
};

namespace detail {
template <class Signal> constexpr bool must_be_signal() {
    static_assert(Signal::is_static && Signal::rank == 2,
                  "a one-dimensional convolution takes signals of static shape: Shape<length, channels>");
    return true;
}

template <class Signal, std::size_t Out, class K, std::size_t Groups>
struct Conv1dSums
    : Conv2dSums<Shape<1, Signal::static_extent(0), Signal::static_extent(Signal::rank - 1)>, Out, K, Groups> {
    static_assert(must_be_signal<Signal>());
    using Image =
        Conv2dSums<Shape<1, Signal::static_extent(0), Signal::static_extent(Signal::rank - 1)>, Out, K, Groups>;
    using input_image = typename Image::input_shape;
    using output_image = typename Image::output_shape;
    using input_shape = Signal;
    using output_shape = Shape<output_image::static_extent(1), Out>;
    using weight_shape = Shape<Out, K::width, Image::channels>;

    template <class Arch, class X, class Weights> static constexpr auto packed(const Weights& weights) {
        using Filters =
            QTensor<const typename Weights::element_type, typename Weights::scale_type, typename Image::weight_shape>;
        return Image::template packed<Arch, X>(Filters(weights.data(), {}, weights.scale()));
    }
};
}  // namespace detail

template <class Signal, std::size_t Out, class K, class Activation = Identity, class N = numerics::TfLite,
          std::size_t Groups = 1>
struct Conv1d : WeightedLayer<Conv1d<Signal, Out, K, Activation, N, Groups>, detail::Conv1dSums<Signal, Out, K, Groups>,
                              Activation, N> {};

}  // namespace qtensor::inline QTENSOR_ABI
