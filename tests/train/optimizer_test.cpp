// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/train/optimizer.hpp>

using namespace qtensor;

namespace {

/// Two parameters, a weight and a bias, with slopes that change from step to step.
template <class Optimizer, class Model> void check(Optimizer optimizer, Model&& model) {
    std::vector<float> w{1.0f, -2.0f}, b{0.5f}, dw(2), db(1);
    std::vector<double> values{1.0, -2.0, 0.5};
    for (int step = 1; step <= 5; ++step) {
        dw = {0.1f * static_cast<float>(step), -1.0f};
        db = {3.0f / static_cast<float>(step)};
        optimizer.begin_step();
        optimizer.update(Parameter{w, dw, true}, 0.05f);
        optimizer.update(Parameter{b, db}, 0.05f);
        model(step, values, std::vector<double>{0.1 * step, -1.0, 3.0 / step});
        CHECK(std::fabs(static_cast<double>(w[0]) - values[0]) < 1e-5);
        CHECK(std::fabs(static_cast<double>(w[1]) - values[1]) < 1e-5);
        CHECK(std::fabs(static_cast<double>(b[0]) - values[2]) < 1e-5);
    }
}

}  // namespace

TEST_CASE("optimizer: stochastic gradient descent with momentum and decay") {
    std::vector<double> v(3);
    check(Sgd{.momentum = 0.8f, .decay = 0.1f}, [&](int, std::vector<double>& x, const std::vector<double>& g) {
        for (std::size_t i = 0; i < 3; ++i) {
            v[i] = 0.8 * v[i] + g[i] + (i < 2 ? 0.1 * x[i] : 0.0);
            x[i] -= 0.05 * v[i];
        }
    });
}

TEST_CASE("optimizer: Adam with decoupled decay") {
    std::vector<double> m(3), v(3);
    check(Adam{.decay = 0.1f}, [&](int step, std::vector<double>& x, const std::vector<double>& g) {
        for (std::size_t i = 0; i < 3; ++i) {
            m[i] = 0.9 * m[i] + 0.1 * g[i];
            v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
            const double moved =
                m[i] / (1 - std::pow(0.9, step)) / (std::sqrt(v[i] / (1 - std::pow(0.999, step))) + 1e-8);
            x[i] -= 0.05 * (moved + (i < 2 ? 0.1 * x[i] : 0.0));
        }
    });
}

TEST_CASE("optimizer: schedules") {
    CHECK(Constant{}(0.7f) == 1.0f);
    CHECK(LinearDecay{}(0.25f) == 0.75f);
    CHECK(Cosine{}(0.0f) == 1.0f);
    CHECK(std::fabs(Cosine{}(0.5f) - 0.5f) < 1e-6f);
    CHECK(std::fabs(Cosine{}(1.0f)) < 1e-6f);
    const Steps steps{4.0f, 0.5f};
    CHECK(steps(0.0f) == 1.0f);
    CHECK(steps(0.24f) == 1.0f);
    CHECK(steps(0.25f) == 0.5f);
    CHECK(steps(0.99f) == 0.125f);
}
