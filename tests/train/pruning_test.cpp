// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/train/loss.hpp>
#include <qtensor/train/pruning.hpp>
#include <qtensor/train/train.hpp>
#include <qtensor/train/weighted.hpp>

#include <string>

using namespace qtensor;

namespace {

using L = Dense<6, 2>;

L::Float numbered() {
    L::Float real{};
    const float weights[12] = {0.5f, -0.1f, 0.3f, 0.2f, -0.9f, 0.4f, 1.0f, -2.0f, 0.0f, 0.7f, 0.6f, -0.8f};
    for (std::size_t i = 0; i < 12; ++i) real.weights.data()[i] = weights[i];
    real.bias(0) = 0.01f;
    return real;
}

std::vector<float> weights_of(const L::Float& real) { return {real.weights.data(), real.weights.data() + 12}; }

std::string complaint(auto&& call) {
    try {
        call();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "nothing was thrown";
}

}  // namespace

TEST_CASE("pruning: the smallest weights go, biases stay") {
    Model<L> model(numbered());
    const Pruning mask = prune_smallest(model, 0.5);
    CHECK(weights_of(model.parameters()) == std::vector<float>{0, 0, 0, 0, -0.9f, 0, 1, -2, 0, 0.7f, 0.6f, -0.8f});
    CHECK(model.parameters().bias(0) == 0.01f);
    CHECK(mask.sparsity() == 0.5);
    prune_smallest(model, 0.0);
    CHECK(weights_of(model.parameters())[6] == 1.0f);
    CHECK(prune_smallest(model, 1.0).sparsity() == 1.0);
    CHECK(complaint([&] { prune_smallest(model, 1.5); }) == "prune_smallest: a fraction is from 0 to 1, not 1.500000");
}

TEST_CASE("pruning: two of four, along the depth") {
    Model<L> model(numbered());
    const Pruning mask = prune_to(model, 2, 4);
    CHECK(weights_of(model.parameters()) ==
          std::vector<float>{0.5f, 0, 0.3f, 0, -0.9f, 0.4f, 1, -2, 0, 0, 0.6f, -0.8f});
    CHECK(mask.sparsity() == 4.0 / 12.0);
    CHECK(complaint([&] { prune_to(model, 5, 4); }) == "prune_to: 5 of every 4 weights cannot stay");
    CHECK(complaint([&] { prune_to(model, 0, 0); }) == "prune_to: 0 of every 0 weights cannot stay");
}

TEST_CASE("pruning: training leaves zeros at zero and moves the others") {
    Model<L> model(numbered());
    const Pruning mask = prune_smallest(model, 0.5);
    const auto before = weights_of(model.parameters());
    const std::vector<float> x{1, -1, 2, 0.5f, -0.25f, 3}, target{4, -4};
    train(model, x, SquaredError(target), Masked{Sgd{}, mask}, {.epochs = 20, .rate = 0.01f});
    const auto after = weights_of(model.parameters());
    for (std::size_t i = 0; i < 12; ++i) CHECK((after[i] == 0.0f) == (before[i] == 0.0f));
    CHECK(after != before);
    CHECK(std::fabs(model.forward(x)[0] - 4.0f) < 0.5f);
}
