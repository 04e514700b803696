// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The layer chains of MobileNet-v1-1.0-224 and MobileNet-v2-1.0-224 (Howard et al. 2017, Sandler et al. 2018), each as
/// one type, down to the last convolution or to the classes. `Size` is the image's, 224 in the papers, a multiple of
/// 32; `Thin` divides the channels.

#include <qtensor/heap/aligned_bytes.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

namespace qtensor_test::mobilenet {

using namespace qtensor;

// Stem and point-wise convolution of either network.
template <std::size_t Size, std::size_t In, std::size_t Out, class N, class Activation = Relu>
using Point = Conv2d<Shape<Size, Size, In>, Out, Kernel<1, 1>, Activation, N>;
template <std::size_t Size, std::size_t Channels, class N, std::size_t Step = 1>
using Depth = DepthwiseConv2d<Shape<Size, Size, Channels>, Kernel<3, 3, Stride<Step>, Same>, Relu, N>;
template <std::size_t Size, std::size_t Out, class N>
using Stem = Conv2d<Shape<Size, Size, 3>, Out, Kernel<3, 3, Stride<2>, Same>, Relu, N>;

/// The 27 convolutions of version 1.
template <class N, std::size_t S = 224, std::size_t Thin = 1>
using ConvolutionsV1 = Sequential<
    Stem<S, 32 / Thin, N>, Depth<S / 2, 32 / Thin, N>, Point<S / 2, 32 / Thin, 64 / Thin, N>,
    Depth<S / 2, 64 / Thin, N, 2>, Point<S / 4, 64 / Thin, 128 / Thin, N>, Depth<S / 4, 128 / Thin, N>,
    Point<S / 4, 128 / Thin, 128 / Thin, N>, Depth<S / 4, 128 / Thin, N, 2>, Point<S / 8, 128 / Thin, 256 / Thin, N>,
    Depth<S / 8, 256 / Thin, N>, Point<S / 8, 256 / Thin, 256 / Thin, N>, Depth<S / 8, 256 / Thin, N, 2>,
    Point<S / 16, 256 / Thin, 512 / Thin, N>, Depth<S / 16, 512 / Thin, N>, Point<S / 16, 512 / Thin, 512 / Thin, N>,
    Depth<S / 16, 512 / Thin, N>, Point<S / 16, 512 / Thin, 512 / Thin, N>, Depth<S / 16, 512 / Thin, N>,
    Point<S / 16, 512 / Thin, 512 / Thin, N>, Depth<S / 16, 512 / Thin, N>, Point<S / 16, 512 / Thin, 512 / Thin, N>,
    Depth<S / 16, 512 / Thin, N>, Point<S / 16, 512 / Thin, 512 / Thin, N>, Depth<S / 16, 512 / Thin, N, 2>,
    Point<S / 32, 512 / Thin, 1024 / Thin, N>, Depth<S / 32, 1024 / Thin, N>,
    Point<S / 32, 1024 / Thin, 1024 / Thin, N>>;

/// Version 1 with its classifier.
template <class N>
using V1 = Sequential<ConvolutionsV1<N>, GlobalAveragePool2d<Shape<7, 7, 1024>, Identity, N>,
                      Dense<1024, 1000, Identity, N>, Softmax<Shape<1000>>>;

/// Expand by T, filter, project; with a way around where shapes allow.
template <class N, std::size_t Size, std::size_t In, std::size_t Out, std::size_t T, std::size_t Step>
using Bottleneck =
    Sequential<Point<Size, In, T * In, N>, Depth<Size, T * In, N, Step>, Point<Size / Step, T * In, Out, N, Identity>>;
template <class N, std::size_t Size, std::size_t C, std::size_t T = 6>
using Block = Residual<Point<Size, C, T * C, N>, Depth<Size, T * C, N>, Point<Size, T * C, C, N, Identity>>;

/// The 52 convolutions of version 2.
template <class N, std::size_t S = 224, std::size_t Thin = 1>
using ConvolutionsV2 =
    Sequential<Stem<S, 32 / Thin, N>, Depth<S / 2, 32 / Thin, N>, Point<S / 2, 32 / Thin, 16 / Thin, N, Identity>,
               Bottleneck<N, S / 2, 16 / Thin, 24 / Thin, 6, 2>, Block<N, S / 4, 24 / Thin>,
               Bottleneck<N, S / 4, 24 / Thin, 32 / Thin, 6, 2>, Block<N, S / 8, 32 / Thin>, Block<N, S / 8, 32 / Thin>,
               Bottleneck<N, S / 8, 32 / Thin, 64 / Thin, 6, 2>, Block<N, S / 16, 64 / Thin>,
               Block<N, S / 16, 64 / Thin>, Block<N, S / 16, 64 / Thin>,
               Bottleneck<N, S / 16, 64 / Thin, 96 / Thin, 6, 1>, Block<N, S / 16, 96 / Thin>,
               Block<N, S / 16, 96 / Thin>, Bottleneck<N, S / 16, 96 / Thin, 160 / Thin, 6, 2>,
               Block<N, S / 32, 160 / Thin>, Block<N, S / 32, 160 / Thin>,
               Bottleneck<N, S / 32, 160 / Thin, 320 / Thin, 6, 1>, Point<S / 32, 320 / Thin, 1280 / Thin, N>>;

/// Version 2 with its classifier.
template <class N>
using V2 = Sequential<ConvolutionsV2<N>, GlobalAveragePool2d<Shape<7, 7, 1280>, Identity, N>,
                      Dense<1280, 1000, Identity, N>, Softmax<Shape<1000>>>;

// ---- random parameters, and running -------------------------------------------------------------------------------

/// splitmix64
struct Numbers {
    std::uint64_t state = 2026;
    std::int32_t between(std::int32_t lowest, std::int32_t highest) {
        std::uint64_t z = (state += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return lowest + static_cast<std::int32_t>((z ^ (z >> 31)) % static_cast<std::uint64_t>(highest - lowest + 1));
    }
};

/// What every edge is worth, so that ways meet at one scale.
template <class Net> inline constexpr typename Net::activation_scale edge{0.05f, -10};

/// Random codes for every layer; scales of weights such that outputs fill their range.
template <class Net, class Codes> void draw(Codes& codes, Numbers& numbers) {
    if constexpr (requires { codes.weights; }) {
        using L = typename Codes::layer;
        constexpr std::size_t outputs = decltype(codes.bias)::shape_type::static_extent(0);
        const std::size_t depth = codes.weights.size() / outputs;
        std::array<float, outputs> scales;
        for (float& scale : scales)
            scale = static_cast<float>(numbers.between(50, 150)) * 1.6e-4f / std::sqrt(static_cast<float>(depth));
        const typename L::weight_scale scale(typename L::numerics::template weight_scale<outputs>{scales});
        codes = Codes{decltype(codes.weights)({}, scale), {}, edge<Net>, edge<Net>};
        for (std::size_t i = 0; i < codes.weights.size(); ++i)
            codes.weights.data()[i] = static_cast<std::int8_t>(numbers.between(-127, 127));
        for (std::size_t j = 0; j < outputs; ++j) codes.bias(j) = numbers.between(-3000, 3000);
    } else {
        if constexpr (requires { codes.first; }) {
            draw<Net>(codes.first, numbers);
            draw<Net>(codes.rest, numbers);
        }
        if constexpr (requires { codes.input; }) codes.input = edge<Net>;
        if constexpr (requires { codes.output; }) codes.output = edge<Net>;
    }
}

/// The parameters of a whole network are megabytes: they belong on the heap, and so does their packed form.
template <class Net> std::unique_ptr<typename Net::Quantized> random_codes() {
    auto codes = std::make_unique<typename Net::Quantized>();
    Numbers numbers;
    draw<Net>(*codes, numbers);
    return codes;
}

template <class Net> std::vector<std::int8_t> random_images(std::size_t batch) {
    std::vector<std::int8_t> x(batch * input_size<Net>);
    Numbers numbers{7};
    for (std::int8_t& code : x) code = static_cast<std::int8_t>(numbers.between(-128, 127));
    return x;
}

/// The outputs of the network on Arch.
template <class Net, class Arch, class E = Serial>
std::vector<std::int8_t> outputs(const typename Net::Quantized& codes, const std::vector<std::int8_t>& x,
                                 const E& executor = {}) {
    using Packed = typename Net::Quantized::template packed<Arch>;
    const auto packed = std::make_unique<Packed>(codes);
    const std::size_t batch = x.size() / input_size<Net>;
    std::vector<std::int8_t> y(batch * output_size<Net>);
    const AlignedBytes arena(Packed::arena_bytes_for(batch, executor.workers()));
    packed->run(x.data(), y.data(), batch, arena.span(), executor);
    return y;
}

/// Codes take many values: a chain of zeros would be equal everywhere, too.
inline bool is_lively(const std::vector<std::int8_t>& y) {
    bool seen[256] = {};
    int count = 0;
    for (const std::int8_t code : y) {
        bool& here = seen[static_cast<std::uint8_t>(code)];
        count += here ? 0 : 1;
        here = true;
    }
    return count >= 40;
}

}  // namespace qtensor_test::mobilenet
