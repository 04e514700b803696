// SPDX-License-Identifier: BSL-1.0
#include "support/conv_oracle.hpp"
#include "support/slope_checks.hpp"

#include <qtensor/train/weighted.hpp>

using namespace qtensor;
using qtensor_test::check_slopes;
using qtensor_test::Numbers;

namespace {

/// sums + bias, held above zero.
Numbers with_relu(Numbers sums, const Numbers& bias) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = std::max(sums[i] + bias[i % bias.size()], 0.0);
    return sums;
}

Numbers dense(const Numbers& x, const Numbers& w, std::size_t in, std::size_t out) {
    Numbers y(x.size() / in * out);
    for (std::size_t i = 0; i < y.size(); ++i) {
        for (std::size_t k = 0; k < in; ++k) y[i] += x[i / out * in + k] * w[i % out * in + k];
    }
    return y;
}

}  // namespace

TEST_CASE("weighted: dense with relu") {
    check_slopes<Dense<9, 6, Relu>>(
        1, 4, [](const std::vector<Numbers>& p, const Numbers& x) { return with_relu(dense(x, p[0], 9, 6), p[1]); });
}

TEST_CASE("weighted: convolution with relu") {
    const oracle::Conv conv{2, 5, 5, 2, 3, 1, {3, 1, 1, 1, 1}, {3, 1, 1, 1, 1}};
    check_slopes<Conv2d<Shape<5, 5, 2>, 3, Kernel<3, 3, Same>, Relu>>(
        2, 2, [&](const std::vector<Numbers>& p, const Numbers& x) {
            return with_relu(conv.sums<double>(x, p[0], 0, {0}), p[1]);
        });
}

TEST_CASE("weighted: what is deployed, and how it starts") {
    using L = Dense<16, 8, Relu>;
    const L::Float start = initial<L>(Random(5));
    const float reach = std::sqrt(6.0f / 16.0f);
    float largest = 0.0f;
    for (std::size_t i = 0; i < start.weights.size(); ++i)
        largest = std::max(largest, std::fabs(start.weights.data()[i]));
    CHECK(largest <= reach);
    CHECK(largest > 0.9f * reach);
    CHECK(start.bias(3) == 0.0f);

    Model<L> model(start);
    std::vector<float> x(3 * 16);
    oracle::Random random(6);
    for (float& value : x) value = random.real();
    const auto y = model.forward(x);
    const auto learnt = model.parameters();
    const auto packed = pack<arch::native>(learnt);
    std::vector<float> deployed(3 * 8);
    const AlignedBytes workspace(packed.workspace_bytes(3));
    packed.run(x.data(), deployed.data(), 3, workspace.span());
    CHECK(std::vector<float>(y.begin(), y.end()) == deployed);  // the same kernel: the same bits

    std::vector<Parameter> parameters;
    model.each_parameter([&](const Parameter& p) { parameters.push_back(p); });
    REQUIRE(parameters.size() == 2);
    CHECK(parameters[0].is_weight);
    CHECK(parameters[0].filters == 8);
    CHECK_FALSE(parameters[1].is_weight);
    parameters[1].values[2] = 4.0f;
    CHECK(model.parameters().bias(2) == 4.0f);
}
