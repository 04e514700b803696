// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/equalize.hpp>
#include <qtensor/layer/conv2d.hpp>
#include <qtensor/layer/dense.hpp>
#include <qtensor/layer/depthwise_conv2d.hpp>
#include <qtensor/layer/lookup.hpp>
#include <qtensor/net/merge.hpp>

#include "support/oracle.hpp"

using namespace qtensor;

namespace {

struct PerTensorWeights : numerics::TfLite {
    template <std::size_t> using weight_scale = PerTensor<>;
};

/// Outputs differ in size by up to a factor of 256.
void fill(auto& layer, oracle::Random& random, std::size_t outputs, bool outputs_first = true) {
    std::vector<float> size(outputs);
    for (float& value : size) value = std::ldexp(1.0f, static_cast<int>(random.between(-4, 4)));
    const std::size_t depth = layer.weights.size() / outputs;
    for (std::size_t i = 0; i < layer.weights.size(); ++i)
        layer.weights.data()[i] = random.real() * size[outputs_first ? i / depth : i % outputs];
    for (std::size_t j = 0; j < outputs; ++j) layer.bias(j) = random.real() * size[j];
}
template <class Net> std::vector<float> answers(const typename Net::Float& net, const std::vector<float>& x) {
    const auto packed = pack<arch::scalar>(net);
    const std::size_t n = x.size() / input_size<Net>;
    std::vector<float> y(n * output_size<Net>);
    const AlignedBytes arena(packed.arena_bytes_for(n));
    packed.run(x.data(), y.data(), n, arena.span());
    return y;
}
template <class Net> void check_same(const typename Net::Float& before, const typename Net::Float& after) {
    oracle::Random random(9);
    std::vector<float> x(20 * input_size<Net>);
    for (float& value : x) value = random.real();
    const auto y = answers<Net>(before, x), z = answers<Net>(after, x);
    float largest = 0.0f;
    for (const float value : y) largest = std::max(largest, std::fabs(value));
    for (std::size_t i = 0; i < y.size(); ++i) CHECK(std::fabs(y[i] - z[i]) <= 1e-5f * largest);
}
float reach(const float* weights, std::size_t count, std::size_t stride = 1) {
    float largest = 0.0f;
    for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::fabs(weights[i * stride]));
    return largest;
}

}  // namespace

TEST_CASE("a pair of dense layers is equalized to the geometric mean of its ranges", "[equalize]") {
    using Net = Sequential<Dense<6, 8, Relu>, Dense<8, 5>>;
    oracle::Random random(1);
    Net::Float real{};
    fill(get<0>(real), random, 8);
    fill(get<1>(real), random, 5);
    for (std::size_t k = 0; k < 6; ++k) get<0>(real).weights(3, k) = 0.0f;  // nothing to equalize
    const Net::Float made = equalized(real);
    for (std::size_t c = 0; c < 8; ++c) {
        const float front = reach(get<0>(real).weights.data() + 6 * c, 6);
        const float back = reach(get<1>(real).weights.data() + c, 5, 8);
        const float both = c == 3 ? 0.0f : std::sqrt(front * back);
        const float s = c == 3 ? 1.0f : std::sqrt(front * back) / back;
        CHECK(std::fabs(reach(get<0>(made).weights.data() + 6 * c, 6) - both) <= 1e-5f * both);
        if (c != 3) CHECK(std::fabs(reach(get<1>(made).weights.data() + c, 5, 8) - both) <= 1e-5f * both);
        CHECK(std::fabs(get<0>(made).bias(c) - get<0>(real).bias(c) / s) <= 1e-5f * std::fabs(get<0>(made).bias(c)));
    }
    for (std::size_t j = 0; j < 5; ++j) CHECK(get<1>(made).bias(j) == get<1>(real).bias(j));
    check_same<Net>(real, made);
}

TEST_CASE("channels are followed through convolutions, depthwise filters, pooling and a change of shape",
          "[equalize]") {
    using Net = Sequential<Conv2d<Shape<8, 8, 2>, 6, Kernel<3, 3, Same>, Relu>,
                           DepthwiseConv2d<Shape<8, 8, 6>, Kernel<3, 3, Same>, Relu, numerics::TfLite, 2>,
                           MaxPool2d<Shape<8, 8, 12>, Kernel<2, 2, Stride<2>>>,
                           Conv2d<Shape<4, 4, 12>, 4, Kernel<1, 1>, Relu>, Flatten<Shape<4, 4, 4>>, Dense<64, 3>>;
    oracle::Random random(2);
    Net::Float real{};
    fill(get<0>(real), random, 6);
    fill(get<1>(real), random, 12, false);
    fill(get<3>(real), random, 4);
    fill(get<5>(real), random, 3);
    const Net::Float made = equalized(real);
    check_same<Net>(real, made);
    const auto close = [](float a, float b) { return std::fabs(a - b) <= 5e-3f * a; };
    for (std::size_t c = 0; c < 6; ++c) {
        float behind = 0.0f;
        for (std::size_t tap = 0; tap < 9; ++tap)
            behind = std::max(behind, reach(get<1>(made).weights.data() + tap * 12 + 2 * c, 2));
        CHECK(close(reach(get<0>(made).weights.data() + 18 * c, 18), behind));
    }
    for (std::size_t c = 0; c < 12; ++c)
        CHECK(close(reach(get<1>(made).weights.data() + c, 9, 12), reach(get<3>(made).weights.data() + c, 4, 12)));
    for (std::size_t c = 0; c < 4; ++c)
        CHECK(close(reach(get<3>(made).weights.data() + 12 * c, 12), reach(get<5>(made).weights.data() + c, 48, 4)));
}

TEST_CASE("the way of a residual is equalized inside, not across the joint", "[equalize]") {
    using Net = Sequential<Dense<4, 5, Relu>, Residual<Dense<5, 8, Relu>, Dense<8, 5>>, Dense<5, 3>>;
    oracle::Random random(6);
    Net::Float real{};
    const auto way = [](auto& net) -> auto& { return get<1>(get<1>(net)); };
    fill(get<0>(real), random, 5);
    fill(get<0>(way(real)), random, 8);
    fill(get<1>(way(real)), random, 5);
    fill(get<2>(real), random, 3);
    const Net::Float made = equalized(real);
    check_same<Net>(real, made);
    for (std::size_t c = 0; c < 8; ++c) {
        const float front = reach(get<0>(way(made)).weights.data() + 5 * c, 5);
        CHECK(std::fabs(front - reach(get<1>(way(made)).weights.data() + c, 5, 8)) <= 5e-3f * front);
    }
    for (std::size_t i = 0; i < 20; ++i) CHECK(get<0>(made).weights.data()[i] == get<0>(real).weights.data()[i]);
    for (std::size_t i = 0; i < 15; ++i) CHECK(get<2>(made).weights.data()[i] == get<2>(real).weights.data()[i]);
}

TEST_CASE("nothing is equalized through what is not homogeneous", "[equalize]") {
    using Net = Sequential<Dense<6, 8>, Lookup<Shape<8>, Tanh>, Dense<8, 5>>;
    oracle::Random random(3);
    Net::Float real{};
    fill(get<0>(real), random, 8);
    fill(get<2>(real), random, 5);
    const Net::Float made = equalized(real);
    for (std::size_t i = 0; i < 48; ++i) CHECK(get<0>(made).weights.data()[i] == get<0>(real).weights.data()[i]);
    for (std::size_t i = 0; i < 40; ++i) CHECK(get<2>(made).weights.data()[i] == get<2>(real).weights.data()[i]);
}

TEST_CASE("one scale for all channels keeps more of an equalized network", "[equalize]") {
    using Net = Sequential<Dense<6, 16, Relu, PerTensorWeights>, Dense<16, 5, Identity, PerTensorWeights>>;
    oracle::Random random(4);
    Net::Float real{};
    fill(get<0>(real), random, 16);
    for (std::size_t i = 0; i < 80; ++i) {  // what is small in front matters behind
        get<1>(real).weights.data()[i] = random.real() / reach(get<0>(real).weights.data() + 6 * (i % 16), 6);
    }
    std::vector<float> x(6 * 200);
    for (float& value : x) value = random.real();
    const std::span<const float> samples(x);
    const Net::Float made = equalized(real);
    const double before = compare(real, calibrate(real, samples), samples).layers.back().sqnr;
    const double after = compare(made, calibrate(made, samples), samples).layers.back().sqnr;
    INFO(before << " dB before, " << after << " dB after");
    CHECK(after > before + 6.0);
}
