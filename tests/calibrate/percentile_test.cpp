// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/percentile.hpp>

#include "support/observer_cases.hpp"

using namespace qtensor;
using namespace qtensor_test;

TEST_CASE("a percentile cuts both ends alike, to within a bin", "[percentile]") {
    for (const double kept : {0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
        for (const auto& values : {normal_values(20000, 1), wild_values(20000, 2), normal_values(20000, 3, 9.0f)}) {
            std::vector<float> sorted = values;
            std::sort(sorted.begin(), sorted.end());
            const auto cut = static_cast<std::size_t>(std::llround((1.0 - kept) * 10000.0));
            const float lowest = sorted[cut], highest = sorted[sorted.size() - 1 - cut];
            // Of 2048 bins or more from the lower of 0 and the values to the higher.
            const float bin = (std::max(sorted.back(), 0.0f) - std::min(sorted.front(), 0.0f)) / 2047.0f;
            const Range range = seen(Percentile{kept}, values);
            INFO("kept " << kept);
            CHECK(range.lowest <= lowest);
            CHECK(range.lowest >= lowest - bin);
            CHECK(range.highest >= highest);
            CHECK(range.highest <= highest + bin);
        }
    }
}

TEST_CASE("a percentile of 1 is the extremes", "[percentile]") {
    check_range(seen(Percentile{1.0}, {-3.25f, 0.1f, 7.75f}), -3.25f, 7.75f);
    check_range(seen(Percentile{1.0}, {4.0f, 5.0f}), 4.0f, 5.0f);
}

TEST_CASE("a percentile leaves out whole values, as many as are allowed", "[percentile]") {
    std::vector<float> values;
    for (int i = 0; i < 1000; ++i) values.push_back(static_cast<float>(i) / 1000.0f);
    values[999] = 2.0f;  // bins are 1/1024 wide
    // One value goes at either end: 0, whose bin ends before 0.001, and 2; 0.998 lies in [1021, 1022) / 1024.
    check_range(seen(Percentile{0.9979}, values), 1.0f / 1024.0f, 1022.0f / 1024.0f);
    check_range(seen(Percentile{0.998}, values), 1.0f / 1024.0f, 1022.0f / 1024.0f);
    CHECK(seen(Percentile{0.9981}, values).highest == 2.0f);  // 0.95 of a value at either end: none
}

TEST_CASE("a percentile keeps the laws of observers and refuses what is no share", "[percentile]") {
    check_edges(Percentile{}, "Percentile");
    check_edges(Percentile{0.5}, "Percentile");
    for (const double kept : {0.0, -1.0, 1.0001, 99.9, std::nan("")})
        CHECK_THROWS_AS(Percentile{kept}, std::invalid_argument);
    CHECK_THROWS_WITH(Percentile{99.9},
                      "Percentile: a share is above 0 and at most 1, this one is 99.900000 (.999 means 99.9 %)");
}
