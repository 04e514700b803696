// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/window_sum.hpp>

#include <cstdint>
#include <limits>

using namespace qtensor;

namespace {

// An image of 3 x 3 cells with 2 channels, 1 .. 18, and a filter of 2 x 2 taps, 1 .. 8.
template <class Acc> constexpr Acc sum_at(std::size_t y, std::size_t x, std::int32_t x_zero, std::int32_t w_zero) {
    constexpr Window window{{2, 1, 1, 1, 0}, {2, 1, 2, 1, 1}};  // columns two apart, padding left, right and above
    return reference_window_sum<Acc>(
        window, window.y.taps(y, 3), window.x.taps(x, 3), 2,
        [](std::size_t row, std::size_t column, std::size_t c) {
            return static_cast<Acc>((row * 3 + column) * 2 + c + 1);
        },
        [](std::size_t row, std::size_t column, std::size_t c) {
            return static_cast<Acc>((row * 2 + column) * 2 + c + 1);
        },
        x_zero, w_zero);
}

}  // namespace

TEST_CASE("The sum under a window, worked by hand and by the compiler", "[layer][window_sum]") {
    // Corner: of the four taps only the lower right one, (row 0, column 1), is inside.  3 * 7 + 4 * 8
    STATIC_REQUIRE(sum_at<std::int32_t>(0, 0, 0, 0) == 53);
    // Row 1, position 1: columns 0 and 2, rows 0 and 1.  1+4 | 5*3+6*4 | 7*5+8*6 | 11*7+12*8
    STATIC_REQUIRE(sum_at<std::int32_t>(1, 1, 0, 0) == 5 + 39 + 83 + 173);
    // Zero points: (3 - 2)(7 + 1) + (4 - 2)(8 + 1); taps outside stay out of it.
    STATIC_REQUIRE(sum_at<std::int32_t>(0, 0, 2, -1) == 26);
    STATIC_REQUIRE(sum_at<std::int64_t>(0, 0, 2, -1) == 26);
    STATIC_REQUIRE(sum_at<float>(1, 1, 0, 0) == 300.0f);
}

TEST_CASE("Sums wrap modulo 2^32 from tap to tap", "[layer][window_sum]") {
    constexpr Window window{{1}, {3}};
    const auto most = [](std::size_t, std::size_t, std::size_t) { return std::numeric_limits<std::int32_t>::max(); };
    const auto one = [](std::size_t, std::size_t, std::size_t) { return std::int32_t{1}; };
    // 3 * (2^31 - 1) = 2^32 + 2^31 - 3
    CHECK(reference_window_sum<std::int32_t>(window, window.y.taps(0, 1), window.x.taps(0, 3), 1, most, one, 0, 0) ==
          std::numeric_limits<std::int32_t>::max() - 2);
}
