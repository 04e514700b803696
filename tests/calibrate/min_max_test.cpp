// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/calibrate.hpp>
#include <qtensor/calibrate/min_max.hpp>

#include <vector>

#include "support/observer_cases.hpp"

using namespace qtensor;

static_assert(Observer<MinMax>);

namespace {
Range seen(const std::vector<std::vector<float>>& parts) {
    MinMax observer;
    for (const auto& part : parts) observer.observe(part);
    return observer.range();
}
void check(const Range& range, float lowest, float highest) {
    CHECK(range.lowest == lowest);
    CHECK(range.highest == highest);
}
}  // namespace

TEST_CASE("MinMax is the smallest and the largest value of everything observed", "[min_max]") {
    check(seen({}), 0.0f, 0.0f);
    check(seen({{}}), 0.0f, 0.0f);
    check(seen({{3.0f, -2.0f, 1.0f}}), -2.0f, 3.0f);
    check(seen({{3.0f}, {-2.0f, 1.0f}, {}, {0.5f}}), -2.0f, 3.0f);
    check(seen({{2.5f, 2.5f, 2.5f}}), 2.5f, 2.5f);
    check(seen({{-4.0f, -1.5f}, {-2.0f}}), -4.0f, -1.5f);  // 0 was not seen
    check(seen({{4.0f, 1.5f}, {2.0f}}), 1.5f, 4.0f);
    check(seen({{}, {7.0f}}), 7.0f, 7.0f);
    check(seen({{0.0f}, {5.0f}}), 0.0f, 5.0f);
    check(seen({{1.0f, 2.0f}, {9.0f}}), 1.0f, 9.0f);
    check(seen({{1.0f, 2.0f}, {-9.0f}}), -9.0f, 2.0f);
    check(seen({{3.4e38f, -3.4e38f}}), -3.4e38f, 3.4e38f);
}

TEST_CASE("a copy of a MinMax goes its own way", "[min_max]") {
    MinMax first;
    first.observe(std::vector<float>{1.0f});
    MinMax second = first;
    second.observe(std::vector<float>{5.0f});
    check(first.range(), 1.0f, 1.0f);
    check(second.range(), 1.0f, 5.0f);
}

TEST_CASE("MinMax keeps the laws of observers", "[min_max]") { qtensor_test::check_edges(MinMax{}, "MinMax"); }
