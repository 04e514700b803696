// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Convolution layers, depthwise ones too, against the oracle: parameters, both readings, every architecture.

#include "catch.hpp"

#include <qtensor/layer/layer.hpp>
#include <qtensor/layer/numerics.hpp>
#include <qtensor/layer/window.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "arches.hpp"
#include "conv_oracle.hpp"
#include "layer_runs.hpp"

namespace qtensor_test {

using namespace qtensor;

template <class L> inline constexpr bool is_depthwise = L::weight_shape::rank == 3;

/// Weights per filter.
template <class L>
inline constexpr std::size_t filter_size = static_size<typename L::weight_shape> / L::output_shape::static_extent(2);

/// Where weight k of output c lies: depthwise filters are [rows][columns][outputs], others [outputs][...].
template <class L> std::size_t weight_at(std::size_t c, std::size_t k) {
    return is_depthwise<L> ? k * L::output_shape::static_extent(2) + c : c * filter_size<L> + k;
}

/// The weights in the oracle's order, filter by filter.
template <class L, class Q> auto weights_of(const Q& weights) {
    std::vector<std::remove_cvref_t<decltype(*weights.data())>> made;
    for (std::size_t c = 0; c < L::output_shape::static_extent(2); ++c) {
        for (std::size_t k = 0; k < filter_size<L>; ++k) made.push_back(weights.data()[weight_at<L>(c, k)]);
    }
    return made;
}

template <class L> constexpr std::int64_t groups_of() {
    if constexpr (is_depthwise<L>) {
        return static_cast<std::int64_t>(L::input_shape::static_extent(2));
    } else {
        return static_cast<std::int64_t>(L::groups);
    }
}

template <class L> oracle::Conv conv_of(std::size_t batch) {
    const auto axis = [](const WindowAxis& a) {
        return oracle::ConvAxis{static_cast<std::int64_t>(a.kernel), static_cast<std::int64_t>(a.stride),
                                static_cast<std::int64_t>(a.dilation), static_cast<std::int64_t>(a.before),
                                static_cast<std::int64_t>(a.after)};
    };
    return {static_cast<std::int64_t>(batch),
            static_cast<std::int64_t>(L::input_shape::static_extent(0)),
            static_cast<std::int64_t>(L::input_shape::static_extent(1)),
            static_cast<std::int64_t>(L::input_shape::static_extent(2)),
            static_cast<std::int64_t>(L::output_shape::static_extent(2)),
            groups_of<L>(),
            axis(L::window.y),
            axis(L::window.x)};
}

template <class L> typename L::Float random_parameters(oracle::Random& random) {
    typename L::Float real{};
    const std::size_t count = real.weights.size() / real.bias.size();
    for (std::size_t c = 0; c < real.bias.size(); ++c) {
        const float reach = c % 7 == 5 ? 0.0f : 1.0f / static_cast<float>(1 << random.between(0, 4));
        for (std::size_t k = 0; k < count; ++k) real.weights.data()[weight_at<L>(c, k)] = reach * random.real();
        real.bias(c) = 0.5f * random.real();
    }
    return real;
}

/// The parameters by post-training quantization once more, with <cmath>: TfLite's and Xnnpack's weights.
template <class L> void check_parameters(const typename L::Quantized& codes, const typename L::Float& real) {
    const std::size_t out = real.bias.size(), count = real.weights.size() / out;
    const bool even = std::is_same_v<typename L::numerics::rounding, HalfEven>;
    const auto nearest = [&](double v) { return static_cast<std::int64_t>(even ? std::nearbyint(v) : std::round(v)); };
    for (std::size_t c = 0; c < out; ++c) {
        float largest = 0.0f;
        for (std::size_t k = 0; k < count; ++k)
            largest = std::max(largest, std::fabs(real.weights.data()[weight_at<L>(c, k)]));
        const float scale = codes.weights.scale().scale(c);
        if (largest > 0.0f) REQUIRE(scale == largest / 127.0f);
        for (std::size_t k = 0; k < count; ++k) {
            volatile float quotient = real.weights.data()[weight_at<L>(c, k)] / scale;
            REQUIRE(codes.weights.data()[weight_at<L>(c, k)] == nearest(static_cast<double>(quotient)));
        }
        const double unit = static_cast<double>(codes.input.scale(0)) * static_cast<double>(scale);
        REQUIRE(codes.bias(c) == nearest(static_cast<double>(real.bias(c)) / unit));
    }
}

/// Both readings of a layer against the oracle. `Activated` is the activation of L.
template <class L, class Activated = Identity, class Arches = ScalarAndBest> void check_conv_layer() {
    static_assert(Layer<L>);
    constexpr bool relu = std::is_same_v<Activated, Relu>;
    constexpr bool xnnpack = std::is_same_v<typename L::numerics::dialect, XnnpackFp32>;
    oracle::Random random(L::macs);
    const auto real = random_parameters<L>(random);
    const Affine<> in{0.0131f, -5};
    const Affine<> out{0.004f * std::sqrt(static_cast<float>(filter_size<L>)), 11};
    const auto codes = L::quantized(real, in, out);
    CHECK((codes.input == in && codes.output == out));
    check_parameters<L>(codes, real);

    const auto input = [&](std::size_t count) {
        std::vector<std::int8_t> x(count);
        for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
        return x;
    };
    check_layer_codes<L, Arches>(codes, input, [&](const std::vector<std::int8_t>& x, std::size_t batch) {
        const auto w = weights_of<L>(codes.weights);
        auto y = conv_of<L>(batch).template sums<std::int64_t>(x, w, in.zero, {0});
        for (std::size_t i = 0; i < y.size(); ++i) {
            const std::size_t c = i % codes.bias.size();
            const std::int64_t sum = y[i] + codes.bias(c);
            const float scale = codes.weights.scale().scale(c);
            y[i] = xnnpack ? oracle::xnnpack(sum, in.value, scale, out.value, out.zero, -128, 127)
                           : oracle::tflite(sum, in.value, scale, out.value, out.zero, -128, 127);
            if (relu) y[i] = std::max<std::int64_t>(y[i], out.zero);
        }
        return y;
    });

    std::vector<float> x(3 * input_size<L>);
    for (float& value : x) value = random.real();
    check_layer_reals<L, Arches>(real, x, 3, [&](const auto& from, std::size_t batch, auto& bounds) {
        const auto w = weights_of<L>(real.weights);
        auto y = conv_of<L>(batch).template sums<double>(from, w, 0, {0}, &bounds);
        for (std::size_t i = 0; i < y.size(); ++i) {
            const auto b = static_cast<double>(real.bias(i % real.bias.size()));
            bounds[i] = (bounds[i] + std::fabs(b)) * static_cast<double>(filter_size<L> + 2) / 16777216.0;
            y[i] = relu && y[i] + b < 0.0 ? 0.0 : y[i] + b;
        }
        return y;
    });
}

}  // namespace qtensor_test
