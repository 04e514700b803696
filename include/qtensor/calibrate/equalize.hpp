// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Cross-layer equalization (M. Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction",
/// ICCV 2019, section 4.1). Behind a Relu or no activation, a channel may be made larger in one layer and as much
/// smaller in the next; the network computes the same. For channel c with weights up to r1 in front and r2 behind:
///
///     s = sqrt(r1 r2) / r2,      w1, b1 of output c divided by s,      w2 of input c multiplied by s
///
/// so that both reach sqrt(r1 r2). Where one scale has to serve all channels of a tensor (numerics::Article, or the
/// activations between) the narrow ones gain most.
///
///     const auto quantized = calibrate(equalized(net), samples);

#include <algorithm>
#include <cmath>
#include <vector>

#include "../layer/pool2d.hpp"
#include "../layer/rearrange.hpp"
#include "../net/sequential.hpp"
#include "adjust.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// f(s x) = s f(x) for s > 0.
template <class Activation> inline constexpr bool is_homogeneous = false;
template <> inline constexpr bool is_homogeneous<Identity> = true;
template <> inline constexpr bool is_homogeneous<Relu> = true;

/// Layers through which a channel goes as it is, apart from its size.
template <class L> inline constexpr bool keeps_channels = false;
template <class Image, class K, class A, class N>
inline constexpr bool keeps_channels<MaxPool2d<Image, K, A, N>> = is_homogeneous<A>;
template <class Image, class K, class A, class N>
inline constexpr bool keeps_channels<AveragePool2d<Image, K, A, N>> = is_homogeneous<A>;
template <class From, class To, class N> inline constexpr bool keeps_channels<Reshape<From, To, N>> = true;

/// Scaled in front, it makes scaled outputs.
template <class L> constexpr bool gives_scaled() {
    if constexpr (has_sums<L>) {
        return is_homogeneous<typename L::activation>;
    } else {
        return false;
    }
}

/// The input channel that a weight reads, of `channels` that stand behind each other in every position.
template <class L> std::size_t channel_read(std::size_t weight, std::size_t channels) {
    if constexpr (L::sums::weight_axis == 0) {
        return weight % L::sums::depth % channels;
    } else {
        return weight % L::sums::outputs / (L::sums::outputs / channels);  // depthwise: filters of one channel each
    }
}
template <class L> std::size_t output_of(std::size_t weight) {
    return L::sums::weight_axis == 0 ? weight / L::sums::depth : weight % L::sums::outputs;
}
/// Dense, or a convolution that sees all channels, or one channel with each filter.
template <class L> constexpr bool reads_channels(std::size_t channels) {
    if constexpr (!has_sums<L>) {
        return false;
    } else if constexpr (requires { L::groups; }) {
        return L::groups == 1 && L::sums::depth % channels == 0;
    } else if constexpr (L::sums::weight_axis == 0) {
        return L::sums::depth % channels == 0;
    } else {
        return L::sums::outputs % channels == 0;
    }
}

/// The factors of one pair of layers; returns how far the farthest is from 1.
template <class A, class B> double equalize_pair(typename A::Float& a, typename B::Float& b) {
    constexpr std::size_t channels = A::sums::outputs;
    std::vector<float> front(channels), back(channels);
    for (std::size_t i = 0; i < a.weights.size(); ++i)
        front[output_of<A>(i)] = std::max(front[output_of<A>(i)], std::fabs(a.weights.data()[i]));
    for (std::size_t i = 0; i < b.weights.size(); ++i) {
        float& reach = back[channel_read<B>(i, channels)];
        reach = std::max(reach, std::fabs(b.weights.data()[i]));
    }
    std::vector<double> s(channels, 1.0);
    double farthest = 0.0;
    for (std::size_t c = 0; c < channels; ++c) {
        if (front[c] > 0.0f && back[c] > 0.0f)
            s[c] = std::sqrt(static_cast<double>(front[c]) / static_cast<double>(back[c]));
        farthest = std::max(farthest, std::fabs(s[c] - 1.0));
    }
    const auto scale = [](float& value, double by) { value = static_cast<float>(static_cast<double>(value) * by); };
    for (std::size_t i = 0; i < a.weights.size(); ++i) scale(a.weights.data()[i], 1.0 / s[output_of<A>(i)]);
    for (std::size_t c = 0; c < channels; ++c) scale(a.bias(c), 1.0 / s[c]);
    for (std::size_t i = 0; i < b.weights.size(); ++i) scale(b.weights.data()[i], s[channel_read<B>(i, channels)]);
    return farthest;
}

/// Layer I of a chain with the next one that has weights, if only layers that keep channels stand between.
template <class Net, std::size_t I, std::size_t J = I + 1> double equalize_behind(typename Net::Float& net) {
    if constexpr (J >= Net::depth) {
        return 0.0;
    } else {
        using A = typename Net::template layer<I>;
        using B = typename Net::template layer<J>;
        if constexpr (!gives_scaled<A>()) {
            return 0.0;
        } else if constexpr (has_sums<B>) {
            if constexpr (reads_channels<B>(A::sums::outputs)) {
                return equalize_pair<A, B>(get<I>(net), get<J>(net));
            } else {
                return 0.0;
            }
        } else if constexpr (keeps_channels<B>) {
            return equalize_behind<Net, I, J + 1>(net);
        } else {
            return 0.0;
        }
    }
}

/// All pairs of a chain, and those of the chains inside it; returns how far the farthest factor is from 1.
template <class Float> double equalize_pairs(Float& net) {
    using Net = typename Float::layer;
    double most = 0.0;
    if constexpr (requires { Net::depth, get<0>(net); }) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            ((most = std::max(most, equalize_pairs(get<I>(net)))), ...);
            if constexpr (is_sequential<Net>) ((most = std::max(most, equalize_behind<Net, I>(net))), ...);
        }(std::make_index_sequence<Net::depth>{});
    }
    return most;
}

}  // namespace detail

/// The same network with equalized weights: outputs differ by float rounding alone. Pairs are visited from front to
/// back until no factor is farther than 0.1 % from 1, at most 20 times. The ways of a Merge or Concat are equalized
/// inside; across the joint nothing is, because a factor would have to be the same in all ways, and in whatever made
/// their input where one of them goes around. Grouped convolutions stay as they are.
template <class Float> Float equalized(const Float& net) {
    Float made = net;
    for (int round = 0; round < 20; ++round) {
        if (detail::equalize_pairs(made) < 1e-3) break;
    }
    return made;
}

}  // namespace qtensor::inline QTENSOR_ABI
