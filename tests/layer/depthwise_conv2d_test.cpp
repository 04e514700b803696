// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/depthwise_conv2d.hpp>

#include <array>
#include <cstdint>

#include "support/conv_layers.hpp"

using namespace qtensor;
using numerics::TfLite;
using numerics::Xnnpack;
using qtensor_test::check_conv_layer;
using qtensor_test::EveryArch;

// bound_depthwise2d_test.cpp has every architecture for every kind of window.
TEST_CASE("Depthwise layers: both readings", "[layer][depthwise]") {
    check_conv_layer<DepthwiseConv2d<Shape<9, 8, 32>, Kernel<3, 3, Same>, Relu>, Relu>();
    check_conv_layer<DepthwiseConv2d<Shape<8, 9, 7>, Kernel<3, 3, Stride<2>, Same>, Identity, Xnnpack>>();
    check_conv_layer<DepthwiseConv2d<Shape<6, 5, 17>, Kernel<2, 3, Padding<1, 0>, Dilation<2, 1>>, Relu>, Relu,
                     EveryArch>();
    check_conv_layer<DepthwiseConv2d<Shape<7, 6, 3>, Kernel<3, 2>, Identity, TfLite, 19>>();
    check_conv_layer<DepthwiseConv2d<Shape<4, 4, 70>, Kernel<4, 4>>>();
}

TEST_CASE("A depthwise layer says what it is", "[layer][depthwise]") {
    using L = DepthwiseConv2d<Shape<8, 9, 6>, Kernel<3, 2, Stride<2>>, Relu, TfLite, 4>;
    STATIC_REQUIRE(std::is_same_v<L::output_shape, Shape<3, 4, 24>>);
    STATIC_REQUIRE(L::weight_bytes == 3 * 2 * 24);
    STATIC_REQUIRE(L::macs == 3 * 4 * 24 * 3 * 2);
    STATIC_REQUIRE(L::weight_scale::axis == 2);
}

TEST_CASE("A depthwise convolution of constants is a constant", "[layer][depthwise]") {
    using L = DepthwiseConv2d<Shape<1, 3, 2>, Kernel<1, 2>>;
    static constexpr L::Quantized codes = [] {
        L::Quantized made{decltype(L::Quantized::weights)({}, L::weight_scale(PerChannel<2>{{0.5f, 0.25f}})),
                          {},
                          {1.0f, 1},
                          {2.0f, -2}};
        for (std::size_t i = 0; i < 4; ++i) made.weights.data()[i] = static_cast<std::int8_t>(10 * (i + 1));
        made.bias(1) = 100;
        return made;
    }();
    static constexpr auto layer = pack<arch::scalar>(codes);
    static constexpr auto y = [] {
        constexpr std::int8_t x[6] = {2, 3, 4, 5, 6, 7};  // worth 1 2, 3 4, 5 6
        std::array<std::int8_t, 4> out{};
        layer.run(x, out.data(), 1, {});
        return out;
    }();
    STATIC_REQUIRE(y[0] == 23);  // (10 * 1 + 30 * 3) / 4 - 2
    STATIC_REQUIRE(y[1] == 36);  // (20 * 2 + 40 * 4 + 100) / 8 = 37.5, 38 - 2
    STATIC_REQUIRE(y[2] == 43);  // (10 * 3 + 30 * 5) / 4 - 2
    STATIC_REQUIRE(y[3] == 51);  // (20 * 4 + 40 * 6 + 100) / 8 = 52.5, 53 - 2
}
