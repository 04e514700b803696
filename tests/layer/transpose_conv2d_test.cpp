// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/conv2d.hpp>
#include <qtensor/layer/transpose_conv2d.hpp>

#include <array>
#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"

using namespace qtensor;
using qtensor_test::ScalarAndBest;

namespace {

/// With stride 1 a transposed convolution is a convolution with the filter turned round: both readings have its codes.
template <class L, class Twin> void check_against_twin() {
    static_assert(Layer<L>);
    static_assert(std::is_same_v<typename L::output_shape, typename Twin::output_shape>);
    oracle::Random random(3);
    typename L::Float real{};
    typename Twin::Float twin{};
    constexpr std::size_t rows = L::weight_shape::static_extent(1), columns = L::weight_shape::static_extent(2);
    for (std::size_t j = 0; j < real.bias.size(); ++j) {
        real.bias(j) = twin.bias(j) = random.real();
        for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t c = 0; c < columns; ++c) {
                for (std::size_t k = 0; k < L::weight_shape::static_extent(3); ++k)
                    real.weights(j, r, c, k) = twin.weights(j, rows - 1 - r, columns - 1 - c, k) = random.real();
            }
        }
    }
    const Affine<> in{0.02f, 7}, out{0.1f, -3};
    const auto codes = L::quantized(real, in, out);
    const auto its = Twin::quantized(twin, in, out);
    const auto input = [&](std::size_t count) {
        std::vector<std::int8_t> x(count);
        for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
        return x;
    };
    qtensor_test::check_layer_codes<L, ScalarAndBest>(codes, input, [&](const auto& x, std::size_t batch) {
        return qtensor_test::run_layer(pack<arch::scalar>(its), x, batch, qtensor_test::Flush::back);
    });
    std::vector<float> x(input_size<L>);
    for (float& value : x) value = random.real();
    qtensor_test::check_layer_reals<L, ScalarAndBest>(real, x, 1, [&](const auto& from, std::size_t, auto& bounds) {
        const auto y = qtensor_test::run_layer(pack<arch::scalar>(twin), from, 1, qtensor_test::Flush::back);
        bounds.assign(y.size(), 1e-4);
        return std::vector<double>(y.begin(), y.end());
    });
}

}  // namespace

TEST_CASE("Transposed convolution layers: stride 1 is a convolution turned round", "[layer][transpose_conv]") {
    check_against_twin<TransposeConv2d<Shape<5, 6, 3>, 7, Kernel<3, 3, Padding<1>>, Relu>,
                       Conv2d<Shape<5, 6, 3>, 7, Kernel<3, 3, Padding<1>>, Relu>>();
    check_against_twin<TransposeConv2d<Shape<4, 5, 2>, 3, Kernel<2, 3>>,
                       Conv2d<Shape<4, 5, 2>, 3, Kernel<2, 3, Padding<1, 2>>>>();
}

TEST_CASE("A transposed convolution spreads its input", "[layer][transpose_conv]") {
    using L = TransposeConv2d<Shape<1, 2, 1>, 1, Kernel<1, 3, Stride<1, 2>>>;
    STATIC_REQUIRE(std::is_same_v<L::output_shape, Shape<1, 5, 1>>);
    STATIC_REQUIRE(std::is_same_v<TransposeConv2d<Shape<7, 7, 4>, 8, Kernel<3, 3, Stride<2>, Same>>::output_shape,
                                  Shape<14, 14, 8>>);
    static constexpr L::Quantized codes = [] {
        L::Quantized made{decltype(L::Quantized::weights)({}, PerChannel<1>{{1.0f}}), {}, {1.0f, 1}, {1.0f, 0}};
        for (std::size_t i = 0; i < 3; ++i) made.weights.data()[i] = static_cast<std::int8_t>(i + 1);
        return made;
    }();
    static constexpr auto layer = pack<arch::scalar>(codes);
    constexpr auto y = [] {
        constexpr std::array<std::int8_t, 2> x{4, 11};  // worth 3, 10
        std::array<std::int8_t, 5> made{};
        layer.run(x.data(), made.data(), 1, {});
        return made;
    }();
    STATIC_REQUIRE((y[0] == 3 && y[1] == 6 && y[2] == 19 && y[3] == 20 && y[4] == 30));
}
