// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/conv2d.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/conv_oracle.hpp"
#include "support/layer_runs.hpp"

using namespace qtensor;
using qtensor_test::EveryArch;

namespace {

template <class L> oracle::Conv conv_of(std::size_t batch) {
    const auto axis = [](const WindowAxis& a) {
        return oracle::ConvAxis{static_cast<std::int64_t>(a.kernel), static_cast<std::int64_t>(a.stride),
                                static_cast<std::int64_t>(a.dilation), static_cast<std::int64_t>(a.before),
                                static_cast<std::int64_t>(a.after)};
    };
    return {static_cast<std::int64_t>(batch),
            static_cast<std::int64_t>(L::image.height),
            static_cast<std::int64_t>(L::image.width),
            static_cast<std::int64_t>(L::image.channels),
            static_cast<std::int64_t>(L::output_shape::static_extent(2)),
            static_cast<std::int64_t>(L::groups),
            axis(L::window.y),
            axis(L::window.x)};
}

template <class L> typename L::Float random_parameters(oracle::Random& random) {
    typename L::Float real{};
    const std::size_t count = real.weights.size() / real.bias.size();
    for (std::size_t c = 0; c < real.bias.size(); ++c) {
        const float reach = c % 7 == 5 ? 0.0f : 1.0f / static_cast<float>(1 << random.between(0, 4));
        for (std::size_t k = 0; k < count; ++k) real.weights.data()[c * count + k] = reach * random.real();
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
            largest = std::max(largest, std::fabs(real.weights.data()[c * count + k]));
        const float scale = codes.weights.scale().scale(c);
        if (largest > 0.0f) REQUIRE(scale == largest / 127.0f);
        for (std::size_t k = 0; k < count; ++k) {
            volatile float quotient = real.weights.data()[c * count + k] / scale;
            REQUIRE(codes.weights.data()[c * count + k] == nearest(static_cast<double>(quotient)));
        }
        const double unit = static_cast<double>(codes.input.scale(0)) * static_cast<double>(scale);
        REQUIRE(codes.bias(c) == nearest(static_cast<double>(real.bias(c)) / unit));
    }
}

/// Both readings of a layer against the oracle. `Activated` is the activation of L.
template <class L, class Activated = Identity> void check() {
    static_assert(Layer<L>);
    constexpr bool relu = std::is_same_v<Activated, Relu>;
    constexpr bool xnnpack = std::is_same_v<typename L::numerics::dialect, XnnpackFp32>;
    oracle::Random random(L::macs + L::groups);
    const auto real = random_parameters<L>(random);
    const Affine<> in{0.0131f, -5};
    const Affine<> out{0.004f * std::sqrt(static_cast<float>(L::filter_size)), 11};
    const auto codes = L::quantized(real, in, out);
    CHECK((codes.input == in && codes.output == out));
    check_parameters<L>(codes, real);

    const auto input = [&](std::size_t count) {
        std::vector<std::int8_t> x(count);
        for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
        return x;
    };
    qtensor_test::check_layer_codes<L, EveryArch>(
        codes, input, [&](const std::vector<std::int8_t>& x, std::size_t batch) {
            const std::vector<std::int8_t> w(codes.weights.data(), codes.weights.data() + codes.weights.size());
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
    qtensor_test::check_layer_reals<L, EveryArch>(real, x, 3, [&](const auto& from, std::size_t batch, auto& bounds) {
        const std::vector<float> w(real.weights.data(), real.weights.data() + real.weights.size());
        auto y = conv_of<L>(batch).template sums<double>(from, w, 0, {0}, &bounds);
        for (std::size_t i = 0; i < y.size(); ++i) {
            const auto b = static_cast<double>(real.bias(i % real.bias.size()));
            bounds[i] = (bounds[i] + std::fabs(b)) * static_cast<double>(L::filter_size + 2) / 16777216.0;
            y[i] = relu && y[i] + b < 0.0 ? 0.0 : y[i] + b;
        }
        return y;
    });
}

using numerics::TfLite;
using numerics::Xnnpack;

}  // namespace

TEST_CASE("Convolution layers: both readings, every architecture", "[layer][conv2d]") {
    check<Conv2d<Shape<8, 9, 3>, 16, Kernel<3, 3, Stride<2>, Same>, Relu>, Relu>();
    check<Conv2d<Shape<5, 7, 17>, 70, Kernel<1, 1>>>();
    check<Conv2d<Shape<5, 7, 6>, 9, Kernel<1, 1, Stride<2, 3>>, Relu, Xnnpack>, Relu>();
    check<Conv2d<Shape<1, 40, 5>, 7, Kernel<1, 5, Stride<1, 2>>>>();
    check<Conv2d<Shape<9, 8, 4>, 6, Kernel<2, 3, Dilation<2, 3>, Padding<1, 2, 0, 3>>, Identity, Xnnpack>>();
    check<Conv2d<Shape<6, 5, 8>, 36, Kernel<3, 3, Same>, Relu, TfLite, 4>, Relu>();
    check<Conv2d<Shape<6, 5, 6>, 130, Kernel<1, 1>, Identity, TfLite, 2>>();
    check<Conv2d<Shape<4, 4, 3>, 3, Kernel<4, 4>, Identity, TfLite, 3>>();
}

TEST_CASE("A convolution layer says what it is", "[layer][conv2d]") {
    using L = Conv2d<Shape<8, 9, 6>, 16, Kernel<3, 2, Stride<2>>, Relu, TfLite, 2>;
    STATIC_REQUIRE(std::is_same_v<L::output_shape, Shape<3, 4, 16>>);
    STATIC_REQUIRE(L::weight_bytes == 16 * 3 * 2 * 3);
    STATIC_REQUIRE(L::macs == 3 * 4 * 16 * 3 * 2 * 3);
    STATIC_REQUIRE(std::is_same_v<Conv2d<Shape<224, 224, 3>, 32, Kernel<3, 3, Stride<2>, Same>>::output_shape,
                                  Shape<112, 112, 32>>);
    STATIC_REQUIRE(L::Quantized::packed<arch::scalar>::workspace_bytes(7) == 0);
}

TEST_CASE("A convolution of constants is a constant", "[layer][conv2d]") {
    using L = Conv2d<Shape<2, 3, 1>, 2, Kernel<2, 2>, Relu>;
    static constexpr L::Quantized codes = [] {
        L::Quantized made{decltype(L::Quantized::weights)({}, PerChannel<2>{{0.5f, 0.25f}}), {}, {1.0f, 1}, {2.0f, -2}};
        for (std::size_t i = 0; i < 8; ++i) made.weights.data()[i] = static_cast<std::int8_t>(i < 4 ? i + 1 : -4);
        made.bias(0) = 5;
        made.bias(1) = 100;
        return made;
    }();
    static constexpr auto layer = pack<arch::scalar>(codes);
    static constexpr auto y = [] {
        constexpr std::int8_t x[6] = {1, 2, 3, 4, 5, 6};  // worth 0 1 2 3 4 5
        std::array<std::int8_t, 4> out{};
        layer.run(x, out.data(), 1, {});
        return out;
    }();
    // Position 0: 1*0 + 2*1 + 3*3 + 4*4 + 5 = 32, times 0.5 / 2 is 8, - 2;  -4 * 8 + 100 = 68, / 8 = 8.5, 9 - 2
    STATIC_REQUIRE(y[0] == 6);
    STATIC_REQUIRE(y[1] == 7);
    // Position 1: 1*1 + 2*2 + 3*4 + 4*5 + 5 = 42, / 4 = 10.5, 11 - 2;  -4 * 12 + 100 = 52, / 8 = 6.5, 7 - 2
    STATIC_REQUIRE(y[2] == 9);
    STATIC_REQUIRE(y[3] == 5);
}
