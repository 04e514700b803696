// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A static network once more as a run-time one, layer by layer.

#include <qtensor/heap/network.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>

namespace qtensor_test {

using namespace qtensor;

template <class Activation>
inline constexpr Fused fused_of = std::is_same_v<Activation, Relu> ? Fused::relu : Fused::none;

template <class Q> LayerWeights weights_of(const Q& layer) {
    return {{layer.weights.data(), layer.weights.size()},
            {layer.weights.scale().values.data(), layer.weights.scale().values.size()},
            {layer.bias.data(), layer.bias.size()}};
}

/// `add(layer type, codes, net, edge)` for what a MobileNet consists of.
template <class L> struct Added;
template <class Image, std::size_t Out, class K, class A, class N, std::size_t G>
struct Added<Conv2d<Image, Out, K, A, N, G>> {
    static auto to(auto& net, auto x, const auto& codes) {
        return net.conv2d(x, weights_of(codes), Out, Conv2d<Image, Out, K, A, N, G>::window, codes.output, fused_of<A>,
                          G);
    }
};
template <class Image, class K, class A, class N, std::size_t M> struct Added<DepthwiseConv2d<Image, K, A, N, M>> {
    static auto to(auto& net, auto x, const auto& codes) {
        return net.depthwise_conv2d(x, weights_of(codes), codes.bias.size(),
                                    K::window(Image::static_extent(0), Image::static_extent(1)), codes.output,
                                    fused_of<A>);
    }
};
template <std::size_t In, std::size_t Out, class A, class N> struct Added<Dense<In, Out, A, N>> {
    static auto to(auto& net, auto x, const auto& codes) {
        return net.dense(x, weights_of(codes), Out, codes.output, fused_of<A>);
    }
};
template <class Image, class K, class A, class N> struct Added<AveragePool2d<Image, K, A, N>> {
    static auto to(auto& net, auto x, const auto&) {
        return net.average_pool(x, K::window(Image::static_extent(0), Image::static_extent(1)));
    }
};
template <class Image, class K, class A, class N> struct Added<MaxPool2d<Image, K, A, N>> {
    static auto to(auto& net, auto x, const auto&) {
        return net.max_pool(x, K::window(Image::static_extent(0), Image::static_extent(1)));
    }
};
template <class Size, class F, class N> struct Added<Lookup<Size, F, N>> {
    static auto to(auto& net, auto x, const auto& codes) { return net.template lookup<F>(x, codes.output); }
};
template <class Size, class N> struct Added<Softmax<Size, N>> {
    static auto to(auto& net, auto x, const auto&) { return net.softmax(x); }
};
template <class... Layers> struct Added<Sequential<Layers...>> {
    static auto to(auto& net, auto x, const auto& codes) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            ((x = Added<Layers>::to(net, x, get<I>(codes))), ...);
        }(std::make_index_sequence<sizeof...(Layers)>{});
        return x;
    }
};
template <class Op, class A, class Size, class SN, class B, class N>
struct Added<Merge<Op, A, Reshape<Size, Size, SN>, B, N>> {
    static auto to(auto& net, auto x, const auto& codes) {
        return net.template combine<Op>(x, Added<B>::to(net, x, get<1>(codes)), codes.output, fused_of<A>);
    }
};

/// Scales that let codes of MobileNet's kind of chain stay alive, and random weights and biases; `x` is worth `scale`.
template <class Random> Affine<> randomize_network(auto& part, Random& random, Affine<> scale) {
    using L = typename std::remove_cvref_t<decltype(part)>::layer;
    const auto next = [&] {
        return Affine<>{0.05f + 0.01f * random.real(), static_cast<std::int32_t>(random.between(-20, 20))};
    };
    if constexpr (requires { part.weights; }) {
        auto scales = part.weights.scale();
        const double depth = static_cast<double>(part.weights.size()) / static_cast<double>(part.bias.size());
        for (float& value : scales.values)
            value = (0.012f + 0.004f * random.real()) / static_cast<float>(__builtin_sqrt(depth));
        part.weights = std::remove_cvref_t<decltype(part.weights)>({}, scales);
        for (std::size_t i = 0; i < part.weights.size(); ++i)
            part.weights.data()[i] = static_cast<std::int8_t>(random.between(-127, 127));
        for (std::size_t i = 0; i < part.bias.size(); ++i)
            part.bias(i) = static_cast<std::int32_t>(random.between(-3000, 3000));
        part.input = scale;
        return part.output = next();
    } else if constexpr (requires {
                             part.output;
                             part.first;
                         }) {  // a merge
        get<0>(part) = {scale, scale};
        randomize_network(get<1>(part), random, scale);
        return part.output = next();
    } else if constexpr (requires { part.first; }) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            ((scale = randomize_network(get<I>(part), random, scale)), ...);
        }(std::make_index_sequence<L::depth>{});
        return scale;
    } else {
        part.input = scale;
        if constexpr (requires { L::fixed_output(scale); }) return part.output = L::fixed_output(scale);
        return part.output = next();
    }
}

}  // namespace qtensor_test
