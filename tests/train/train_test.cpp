// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/train/loss.hpp>
#include <qtensor/train/sequential.hpp>
#include <qtensor/train/train.hpp>
#include <qtensor/train/weighted.hpp>

#include <limits>
#include <string>

using namespace qtensor;

namespace {

using Net = Sequential<Dense<2, 8, Relu>, Dense<8, 2>>;

/// Exclusive or: no single layer can.
const std::vector<float> inputs{0, 0, 0, 1, 1, 0, 1, 1};
const std::vector<std::size_t> labels{0, 1, 1, 0};

template <class Error, class Call> std::string complaint(Call&& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

}  // namespace

TEST_CASE("train: learns what one layer cannot, and the same again") {
    const auto run = [&](std::uint64_t seed) {
        Model<Net> model(initial<Net>(Random(3)));
        std::vector<Progress> reports;
        std::vector<double> losses =
            train(model, inputs, CrossEntropy(labels), Adam{}, {.epochs = 150, .batch = 2, .rate = 0.05f, .seed = seed},
                  Cosine{}, [&](const Progress& p) { reports.push_back(p); });
        REQUIRE(reports.size() == 150);
        CHECK(reports[0].epoch == 1);
        CHECK(reports[149].epochs == 150);
        CHECK(reports[149].loss == losses[149]);
        CHECK(reports[149].rate < 0.001f);
        CHECK(reports[149].rate > 0.0f);
        return std::pair(model.answers(inputs), losses);
    };
    const auto [y, losses] = run(1);
    for (std::size_t i = 0; i < 4; ++i) CHECK((y[2 * i + 1] > y[2 * i]) == (labels[i] == 1));
    CHECK(losses.back() < 0.05);
    CHECK(run(1) == std::pair(y, losses));
    CHECK(run(2).first != y);
}

TEST_CASE("train: samples are varied as they go in, each sample once an epoch") {
    Model<Net> model(Net::Float{});
    std::vector<int> seen(4);
    train(
        model, inputs, SquaredError(std::vector<float>(8)), Sgd{}, {.epochs = 3, .batch = 3}, Constant{},
        [](const Progress&) {},
        [&](std::span<float> x, Random&) { ++seen[static_cast<std::size_t>(2.0f * x[0] + x[1])]; });
    CHECK(seen == std::vector<int>{3, 3, 3, 3});
    CHECK(train(model, inputs, CrossEntropy(labels), Sgd{}, {.epochs = 0}).empty());
}

TEST_CASE("train: wrong use is named") {
    Model<Net> model(initial<Net>(Random(3)));
    const CrossEntropy loss(labels);
    CHECK(complaint<std::invalid_argument>([&] { train(model, std::vector<float>(3), loss, Sgd{}, {}); }) ==
          "train: 3 numbers are no whole inputs of 2");
    CHECK(complaint<std::invalid_argument>([&] { train(model, std::vector<float>{}, loss, Sgd{}, {}); }) ==
          "train: 0 numbers are no whole inputs of 2");
    CHECK(complaint<std::invalid_argument>([&] { train(model, inputs, loss, Sgd{}, {.batch = 0}); }) ==
          "train: a batch has at least one sample, this one has 0");
    CHECK(complaint<std::invalid_argument>([&] { train(model, inputs, loss, Sgd{}, {.rate = -1.0f}); }) ==
          "train: the rate is a number from 0, not -1.000000");
    std::vector<float> hostile = inputs;
    hostile[2] = std::numeric_limits<float>::quiet_NaN();
    CHECK(complaint<std::invalid_argument>([&] { train(model, hostile, loss, Sgd{}, {}); }) ==
          "train: sample 1, value 0 is nan: inputs are finite numbers");
    const std::string said = complaint<std::runtime_error>(
        [&] { train(model, inputs, loss, Sgd{}, {.epochs = 50, .batch = 1, .rate = 1e30f}); });
    CHECK(said.find(": a lower rate may help") != std::string::npos);
}
