// SPDX-License-Identifier: BSL-1.0
#include "support/slope_checks.hpp"

#include <qtensor/net/sequential.hpp>
#include <qtensor/train/batch_norm.hpp>
#include <qtensor/train/sequential.hpp>

using namespace qtensor;
using qtensor_test::check_slopes;
using qtensor_test::near;
using qtensor_test::Numbers;

namespace {

using L = BatchNormed<Dense<3, 2, Relu>>;

/// relu(gain (s - mean) / sqrt(variance + 0.001) + shift) with the statistics of the batch, or 0 and 1.
Numbers model(const std::vector<Numbers>& p, const Numbers& x, bool learns) {
    Numbers sums(x.size() / 3 * 2);
    for (std::size_t i = 0; i < sums.size(); ++i) {
        for (std::size_t k = 0; k < 3; ++k) sums[i] += x[i / 2 * 3 + k] * p[0][i % 2 * 3 + k];
    }
    const double rows = static_cast<double>(sums.size() / 2);
    for (std::size_t j = 0; j < 2; ++j) {
        double mean = 0.0, variance = learns ? 0.0 : 1.0;
        for (std::size_t i = j; learns && i < sums.size(); i += 2) mean += sums[i] / rows;
        for (std::size_t i = j; learns && i < sums.size(); i += 2)
            variance += (sums[i] - mean) * (sums[i] - mean) / rows;
        for (std::size_t i = j; i < sums.size(); i += 2)
            sums[i] = std::max((sums[i] - mean) / std::sqrt(variance + 1e-3) * p[1][j] + p[2][j], 0.0);
    }
    return sums;
}

}  // namespace

TEST_CASE("batch norm: slopes, with the statistics of the batch and with the running ones") {
    for (const bool learns : {true, false})
        check_slopes<L>(
            1, 5, [=](const auto& p, const Numbers& x) { return model(p, x, learns); }, learns);
}

TEST_CASE("batch norm: is folded into what is deployed") {
    STATIC_REQUIRE(std::same_as<L::Float, Dense<3, 2, Relu>::Float>);
    using Net = Sequential<L, Dense<2, 2>>;
    Net::Float start = initial<Net>(Random(4));
    get<0>(start).bias(1) = 0.25f;
    Model<Net> trained(start);
    oracle::Random random(5);
    std::vector<float> x(8 * 3);
    for (int pass = 0; pass < 60; ++pass) {
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = 2.0f * random.real() + 1.0f;
        trained.forward(x, true);
    }
    const auto y = trained.forward(x);
    Model<Sequential<Dense<3, 2, Relu>, Dense<2, 2>>> deployed{
        {get<0>(trained.parameters()), get<1>(trained.parameters())}};
    const auto folded = deployed.forward(x);
    for (std::size_t i = 0; i < y.size(); ++i)
        CHECK(near(static_cast<double>(y[i]), static_cast<double>(folded[i]), 1e-5));

    // Before the first batch mean and variance are 0 and 1, and the bias of the layer is the shift.
    const auto untouched = Model<L>(get<0>(start)).parameters();
    CHECK(near(static_cast<double>(untouched.bias(1)), 0.25, 1e-6));
}

TEST_CASE("batch norm: running statistics move a tenth of the way") {
    using One = BatchNormed<Dense<1, 1>>;
    One::Float start{};
    start.weights(0, 0) = 1.0f;
    Model<One> model(start);
    model.forward(std::vector<float>{1.0f, 3.0f}, true);  // mean 2, unbiased variance 2
    const auto made = model.parameters();
    const double power = 0.9 * 1.0 + 0.1 * 2.0 + 1e-3;
    CHECK(near(static_cast<double>(made.weights(0, 0)), 1.0 / std::sqrt(power), 1e-6));
    CHECK(near(static_cast<double>(made.bias(0)), -0.2 / std::sqrt(power), 1e-6));
}
