// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/moving_average.hpp>

#include "support/observer_cases.hpp"

using namespace qtensor;
using namespace qtensor_test;

TEST_CASE("a moving average takes the first batch as it is and a part of every later one", "[moving_average]") {
    MovingAverage observer(0.25f);
    observer.observe(std::vector<float>{-4.0f, 1.0f, 8.0f});
    check_range(observer.range(), -4.0f, 8.0f);
    observer.observe(std::vector<float>{-8.0f, 4.0f});  // -4 + (-8 + 4) / 4, 8 + (4 - 8) / 4
    check_range(observer.range(), -5.0f, 7.0f);
    observer.observe({});
    check_range(observer.range(), -5.0f, 7.0f);
    observer.observe(std::vector<float>{3.0f, 15.0f, 5.0f});  // -5 + 8 / 4, 7 + 8 / 4
    check_range(observer.range(), -3.0f, 9.0f);
}

TEST_CASE("a rate of 1 is the last batch alone; PyTorch's is the default", "[moving_average]") {
    MovingAverage last(1.0f), torch;
    for (const float value : {5.0f, -7.0f, 105.0f}) {
        const float batch[] = {value, value + 1.0f};
        last.observe(batch);
        torch.observe(batch);
    }
    check_range(last.range(), 105.0f, 106.0f);
    // 5 -> 5 - 0.12 = 4.88 -> 4.88 + 0.01 * 100.12 = 5.8812
    CHECK(std::fabs(torch.range().lowest - 5.8812f) < 1e-5f);
    CHECK(std::fabs(torch.range().highest - 6.8812f) < 1e-5f);
}

TEST_CASE("differences of finite floats may leave the floats, averages do not", "[moving_average]") {
    MovingAverage observer(0.5f);
    observer.observe(std::vector<float>{3e38f});
    observer.observe(std::vector<float>{-3e38f});
    check_range(observer.range(), 0.0f, 0.0f);
}

TEST_CASE("a moving average keeps the laws of observers and refuses what it cannot do", "[moving_average]") {
    check_edges(MovingAverage{}, "MovingAverage");
    check_edges(MovingAverage{1.0f}, "MovingAverage");
    for (const float rate : {0.0f, -0.5f, 1.5f, std::nanf("")})
        CHECK_THROWS_AS(MovingAverage{rate}, std::invalid_argument);
    CHECK_THROWS_WITH(MovingAverage{2.0f}, "MovingAverage: the rate is above 0 and at most 1, this one is 2.000000");
}
