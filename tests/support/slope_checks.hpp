// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Slopes of a layer against central differences of a model of it in double, which the test writes down from the
/// layer's formula. What is checked is one number, sum of c y with random c: its slopes by every parameter and input.

#include <cmath>
#include <functional>
#include <vector>

#include "catch.hpp"
#include "oracle.hpp"

#include <qtensor/train/model.hpp>

namespace qtensor_test {

using Numbers = std::vector<double>;
/// Answers of the model: parameters in the order of each_parameter, inputs of the whole batch.
using SlopeModel = std::function<Numbers(const std::vector<Numbers>& parameters, const Numbers& x)>;

inline bool near(double a, double b, double tolerance) {
    return std::fabs(a - b) <= tolerance * (1.0 + std::fabs(a) + std::fabs(b));
}

/// Draws parameters and inputs, at most `reach` from 0, and compares answers and slopes. Parameters that
/// each_parameter does not show stay as the type has them.
template <class L>
void check_slopes(std::uint64_t seed, std::size_t batch, const SlopeModel& model, bool learns = true,
                  float reach = 1.0f, double tolerance = 2e-5) {
    oracle::Random random(seed);
    qtensor::Model<L> tested(typename L::Float{});
    std::vector<Numbers> parameters;
    tested.each_parameter([&](const qtensor::Parameter& p) {
        parameters.emplace_back();
        for (float& value : p.values) parameters.back().push_back(value = reach * random.real());
    });
    std::vector<float> x(batch * qtensor::input_size<L>), c(batch * qtensor::output_size<L>);
    for (float& value : x) value = reach * random.real();
    for (float& value : c) value = random.real();
    Numbers wide(x.begin(), x.end());

    const auto answered = tested.forward(x, learns);
    const Numbers wanted = model(parameters, wide);
    REQUIRE(answered.size() == c.size());
    REQUIRE(wanted.size() == c.size());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < c.size(); ++i) wrong += !near(static_cast<double>(answered[i]), wanted[i], tolerance);
    CHECK(wrong == 0);

    std::vector<float> dx(x.size());
    tested.backward(c, dx);
    const auto total = [&] {
        const Numbers y = model(parameters, wide);
        double sum = 0.0;
        for (std::size_t i = 0; i < y.size(); ++i) sum += static_cast<double>(c[i]) * y[i];
        return sum;
    };
    const auto slope = [&](double& value) {
        const double kept = value, step = 1e-5;
        value = kept + step;
        const double above = total();
        value = kept - step;
        const double below = total();
        value = kept;
        return (above - below) / (2.0 * step);
    };
    for (std::size_t i = 0; i < wide.size(); ++i) wrong += !near(static_cast<double>(dx[i]), slope(wide[i]), tolerance);
    CHECK(wrong == 0);
    std::size_t at = 0;
    tested.each_parameter([&](const qtensor::Parameter& p) {
        for (std::size_t i = 0; i < p.values.size(); ++i)
            wrong += !near(static_cast<double>(p.slopes[i]), slope(parameters[at][i]), tolerance);
        ++at;
        CHECK(wrong == 0);
    });

    // Slopes are summed until somebody clears them, and nobody has to ask for those of the inputs.
    std::vector<Numbers> once;
    tested.each_parameter([&](const qtensor::Parameter& p) { once.emplace_back(p.slopes.begin(), p.slopes.end()); });
    tested.backward(c);
    at = 0;
    tested.each_parameter([&](const qtensor::Parameter& p) {
        for (std::size_t i = 0; i < p.values.size(); ++i)
            wrong += !near(static_cast<double>(p.slopes[i]), 2.0 * once[at][i], 1e-6);
        ++at;
    });
    CHECK(wrong == 0);
}

}  // namespace qtensor_test
