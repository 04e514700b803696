// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/mean_squared_error.hpp>

#include "support/observer_cases.hpp"

using namespace qtensor;
using namespace qtensor_test;

namespace {

/// The squared error of the codes of a range, value by value.
double error(const std::vector<float>& values, double lowest, double highest, std::size_t levels) {
    const double step = (std::max(highest, 0.0) - std::min(lowest, 0.0)) / static_cast<double>(levels - 1);
    const double zero = std::nearbyint(-std::min(lowest, 0.0) / step);
    double total = 0.0;
    for (const float value : values) {
        const double code =
            std::clamp(std::nearbyint(static_cast<double>(value) / step) + zero, 0.0, static_cast<double>(levels - 1));
        total += std::pow((code - zero) * step - static_cast<double>(value), 2);
    }
    return total;
}

}  // namespace

TEST_CASE("MeanSquaredError finds the threshold with the smallest error", "[mean_squared_error]") {
    for (const std::size_t levels : {4u, 16u, 256u}) {
        for (const auto& values :
             {normal_values(2000, 1), wild_values(2000, 2), relu_values(2000, 3), normal_values(2000, 4, 8.0f)}) {
            const double low = *std::min_element(values.begin(), values.end());
            const double high = *std::max_element(values.begin(), values.end());
            const double largest = std::max(-low, high);
            double least = error(values, low, high, levels);
            for (int k = 1; k <= 128; ++k) {
                const double t = largest * k / 128;
                if (std::min(high, t) > std::max(low, -t))
                    least = std::min(least, error(values, std::max(low, -t), std::min(high, t), levels));
            }
            MeanSquaredError observer;
            observer.observe(values);
            const Range range = observer.range(levels);
            const double found = error(values, range.lowest, range.highest, levels);
            INFO(levels << " levels, " << low << " to " << high << ": " << range.lowest << " to " << range.highest);
            CHECK(found <= least * 1.02);  // values stand where they stand in a bin, not in its middle
        }
    }
}

TEST_CASE("the fewer codes there are, the more is clipped", "[mean_squared_error]") {
    MeanSquaredError observer;
    observer.observe(normal_values(20000, 5));
    float before = 0.0f;
    for (const std::size_t levels : {4u, 8u, 16u, 64u, 256u}) {
        const float reach = observer.range(levels).highest;
        CHECK(reach > before);
        before = reach;
    }
    CHECK(observer.range().highest == before);
}

TEST_CASE("MeanSquaredError clips nothing where clipping only costs", "[mean_squared_error]") {
    check_range(seen(MeanSquaredError{}, {-1.0f, 1.0f}), -1.0f, 1.0f);
    std::vector<float> even;
    for (int i = -1000; i <= 1000; ++i) even.push_back(static_cast<float>(i) / 1000.0f);
    const Range range = seen(MeanSquaredError{}, even);
    CHECK(range.highest > 0.98f);
    CHECK(range.lowest < -0.98f);
}

TEST_CASE("MeanSquaredError keeps the laws of observers", "[mean_squared_error]") {
    check_edges(MeanSquaredError{}, "MeanSquaredError");
}
