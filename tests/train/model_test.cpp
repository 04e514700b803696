// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/train/model.hpp>
#include <qtensor/train/weighted.hpp>

#include <string>

using namespace qtensor;

TEST_CASE("model: answers many inputs and copies as a value") {
    using L = Dense<3, 2>;
    Model<L> model(initial<L>(Random(1)));
    std::vector<float> x(7 * 3);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) * 0.1f;
    const auto all = model.forward(x);
    const std::vector<float> together(all.begin(), all.end());
    CHECK(model.answers(x, 3) == together);
    CHECK(model.answers(std::span<const float>{}).empty());

    Model<L> copy = model;
    copy.each_parameter([](const Parameter& p) { p.values[0] += 1.0f; });
    CHECK(model.answers(x) == together);
    CHECK(copy.answers(x) != together);
    for (const std::size_t size : {std::size_t{0}, std::size_t{4}}) {
        std::string said;
        try {
            model.forward(std::vector<float>(size));
        } catch (const std::invalid_argument& error) {
            said = error.what();
        }
        CHECK(said == "Model: " + std::to_string(size) + " numbers are no whole inputs of 3");
    }
}

TEST_CASE("model: equal seeds, equal starts") {
    using L = Dense<3, 2>;
    const L::Float one = initial<L>(Random(1)), same = initial<L>(Random(1)), other = initial<L>(Random(2));
    CHECK(one.weights(1, 2) == same.weights(1, 2));
    CHECK(one.weights(1, 2) != other.weights(1, 2));
}

TEST_CASE("model: parameters are carried over to other bundles of the same form") {
    const auto start = initial<Dense<3, 2>>(Random(1));
    const auto made = carried_over<Dense<3, 2, Identity, numerics::Onnx>>(start);
    for (std::size_t i = 0; i < 6; ++i) CHECK(made.weights.data()[i] == start.weights.data()[i]);
    std::string said;
    try {
        carried_over<Dense<2, 2>>(start);
    } catch (const std::invalid_argument& error) {
        said = error.what();
    }
    CHECK(said == "carried_over: the two networks differ in more than their bundles");
}
