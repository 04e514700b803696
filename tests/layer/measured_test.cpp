// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/conv2d.hpp>
#include <qtensor/layer/dense.hpp>
#include <qtensor/layer/measured.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::Flush;
using qtensor_test::run_layer;
using qtensor_test::ScalarAndBest;

namespace {

template <class L> typename L::Float random_parameters(std::uint64_t seed) {
    oracle::Random random(seed);
    typename L::Float real{};
    for (std::size_t i = 0; i < real.weights.size(); ++i) real.weights.data()[i] = random.real();
    for (std::size_t i = 0; i < real.bias.size(); ++i) real.bias(i) = random.real();
    return real;
}

/// TFLite's hybrid fully connected layer, symmetric: r = max|x|, q = away(x f32(127 / r)).
template <class L>
std::vector<float> hybrid(const typename L::Quantized& codes, const std::vector<float>& x, bool relu) {
    std::vector<float> y;
    constexpr std::size_t in = input_size<L>, out = output_size<L>;
    for (std::size_t at = 0; at < x.size(); at += in) {
        float r = 0.0f;
        for (std::size_t k = 0; k < in; ++k) r = std::max(r, std::fabs(x[at + k]));
        volatile float inverse = r > 0.0f ? 127.0f / r : 0.0f, scale = r > 0.0f ? r / 127.0f : 1.0f;
        for (std::size_t j = 0; j < out; ++j) {
            std::int64_t sum = 0;
            for (std::size_t k = 0; k < in; ++k) {
                volatile float product = x[at + k] * inverse;
                sum += oracle::clamped(std::llround(product), -127, 127) * std::int64_t{codes.weights(j, k)};
            }
            volatile float value = oracle::dequantized(sum, scale, codes.weights.scale().scale(j));
            value = value + codes.bias(j);
            y.push_back(relu && value < 0.0f ? 0.0f : static_cast<float>(value));
        }
    }
    return y;
}

}  // namespace

TEST_CASE("A dense layer that measures: TFLite's hybrid rule, sample by sample", "[layer][measured]") {
    using L = Dense<37, 70, Relu, numerics::Dynamic>;
    static_assert(Layer<L>);
    STATIC_REQUIRE(L::weight_bytes == 37 * 70);
    const auto real = random_parameters<L>(1);
    const auto codes = L::quantized(real, Unscaled{}, Unscaled{});
    CHECK(codes.bias(3) == real.bias(3));
    oracle::Random random(2);
    std::vector<float> x(5 * 37);
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = i < 37 ? 0.0f : random.real() * (i < 74 ? 1e-3f : 40.0f);  // zeros, small ones, large ones
    const auto want = hybrid<L>(codes, x, true);
    ScalarAndBest::each([&]<class Arch>() {
        INFO(Arch::name);
        CHECK(run_layer(pack<Arch>(codes), x, 5, Flush::back) == want);
    });
    // Near the float reading: half a step of x and of w each, 37 times.
    const auto exact = run_layer(pack<arch::scalar>(real), x, 5, Flush::front);
    for (std::size_t i = 0; i < want.size(); ++i)
        REQUIRE(std::fabs(want[i] - exact[i]) <= 37.0f * 40.0f * (0.5f / 127.0f + 0.5f / 127.0f) + 1e-3f);
}

TEST_CASE("A dense layer that measures refuses what has no scale", "[layer][measured]") {
    using L = Dense<2, 1, Identity, numerics::Dynamic>;
    const auto codes = L::quantized(random_parameters<L>(3), {}, {});
    const auto layer = pack<arch::native>(codes);
    const float x[2] = {1.0f, std::numeric_limits<float>::infinity()};
    float y[1] = {0.0f};
    alignas(64) std::byte scratch[4096];
    CHECK(qtensor_test::says(qtensor_test::refused([&] { layer.run(x, y, 1, scratch); }),
                             "a scale is positive and finite"));
    CHECK(qtensor_test::says(qtensor_test::refused([&] { layer.run(x, y, 1, std::span(scratch).first(0)); }),
                             "the workspace is smaller than workspace_bytes(batch)"));
}

TEST_CASE("A convolution that measures its images, with and without zero points", "[layer][measured]") {
    const auto check = []<class L>(L, double per_tap) {
        const auto real = random_parameters<L>(4);
        const auto codes = L::quantized(real, {}, {});
        oracle::Random random(5);
        std::vector<float> x(3 * input_size<L>);
        for (float& value : x) value = std::fabs(random.real());  // on one side of zero
        const auto exact = run_layer(pack<arch::scalar>(real), x, 3, Flush::back);
        std::vector<float> first;
        double worst = 0.0;
        ScalarAndBest::each([&]<class Arch>() {
            const auto y = run_layer(pack<Arch>(codes), x, 3, Flush::back);
            if (first.empty()) first = y;
            INFO(Arch::name);
            CHECK(y == first);
            for (std::size_t i = 0; i < y.size(); ++i)
                worst = std::max(worst, std::fabs(static_cast<double>(y[i]) - static_cast<double>(exact[i])));
        });
        CHECK(worst <= 27 * (per_tap / 2 + 0.5 / 127));
        CHECK(worst > 1e-5);  // the weights are codes
    };
    check(Conv2d<Shape<6, 5, 3>, 7, Kernel<3, 3, Same>, Identity, numerics::Dynamic>{}, 1.0 / 127);
    check(Conv2d<Shape<6, 5, 3>, 7, Kernel<3, 3, Same>, Identity, numerics::DynamicAsymmetric>{}, 1.0 / 255);
    check(Dense<27, 4, Identity, numerics::DynamicTorch>{}, 1.0 / 127);
}

TEST_CASE("Products of int8 between activations of float16", "[layer][measured]") {
    using Half = Dense<33, 20, Identity, numerics::DynamicHalf>;
    using Single = Dense<33, 20, Identity, numerics::Dynamic>;
    const auto real = random_parameters<Half>(6);
    typename Single::Float same{};
    same.weights = real.weights;
    same.bias = real.bias;
    oracle::Random random(7);
    std::vector<float16> x;
    std::vector<float> wide;
    for (std::size_t i = 0; i < 3 * 33; ++i) {
        x.push_back(float16(random.real()));
        wide.push_back(static_cast<float>(x.back()));
    }
    const auto single = Single::quantized(same, {}, {});
    const auto want = run_layer(pack<arch::scalar>(single), wide, 3, Flush::back);
    const auto codes = Half::quantized(real, {}, {});
    ScalarAndBest::each([&]<class Arch>() {
        const auto layer = pack<Arch>(codes);
        std::vector<float16> y(3 * 20);
        std::vector<std::byte> scratch(layer.workspace_bytes(3) + 64);
        layer.run(x.data(), y.data(), 3, scratch);
        for (std::size_t i = 0; i < y.size(); ++i) REQUIRE(y[i].bits == float16(want[i]).bits);
    });
}
