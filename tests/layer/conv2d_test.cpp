// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/conv2d.hpp>

#include <array>
#include <cstdint>

#include "support/conv_layers.hpp"

using namespace qtensor;
using qtensor_test::check_conv_layer;
using qtensor_test::EveryArch;

namespace {

using numerics::TfLite;
using numerics::Xnnpack;

}  // namespace

// bound_conv2d_test.cpp has every architecture for every kind of window.
TEST_CASE("Convolution layers: both readings", "[layer][conv2d]") {
    check_conv_layer<Conv2d<Shape<8, 9, 3>, 16, Kernel<3, 3, Stride<2>, Same>, Relu>, Relu, EveryArch>();
    check_conv_layer<Conv2d<Shape<5, 7, 17>, 70, Kernel<1, 1>>>();
    check_conv_layer<Conv2d<Shape<5, 7, 6>, 9, Kernel<1, 1, Stride<2, 3>>, Relu, Xnnpack>, Relu>();
    check_conv_layer<Conv2d<Shape<1, 40, 5>, 7, Kernel<1, 5, Stride<1, 2>>>>();
    check_conv_layer<Conv2d<Shape<9, 8, 4>, 6, Kernel<2, 3, Dilation<2, 3>, Padding<1, 2, 0, 3>>, Identity, Xnnpack>>();
    check_conv_layer<Conv2d<Shape<6, 5, 8>, 36, Kernel<3, 3, Same>, Relu, TfLite, 4>, Relu>();
    check_conv_layer<Conv2d<Shape<6, 5, 6>, 130, Kernel<1, 1>, Identity, TfLite, 2>, Identity, EveryArch>();
    check_conv_layer<Conv2d<Shape<4, 4, 3>, 3, Kernel<4, 4>, Identity, TfLite, 3>>();
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
        for (std::size_t i = 0; i < 8; ++i)
            made.weights.data()[i] = static_cast<std::int8_t>(i < 4 ? static_cast<int>(i) + 1 : -4);
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
