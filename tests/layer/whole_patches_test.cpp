// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/whole_patches.hpp>

#include <cstdint>
#include <vector>

#include "support/guard_pages.hpp"
#include "support/tally.hpp"

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::Flush;

TEST_CASE("Whole patches are runs side by side, zeros behind them", "[layer][patches]") {
    qtensor_test::Tally tally;
    for (std::size_t rows = 1; rows <= 4; ++rows) {
        for (const std::size_t run : {1u, 2u, 3u, 4u, 5u, 9u, 15u, 16u, 17u, 31u, 32u, 33u, 63u, 64u, 65u, 130u}) {
            for (std::size_t slack = 0; slack <= 3; ++slack) {
                constexpr std::size_t count = 5, step = 2;
                const std::size_t pitch = run + count * step + slack, stride = rows * run + slack;
                const std::size_t read = (rows - 1) * pitch + (count - 1) * step + run;
                // Nothing behind the last byte that is needed, on either side.
                BetweenGuards<unsigned char> from(read, Flush::back), to(count * stride, Flush::back);
                for (std::size_t i = 0; i < read; ++i) from[i] = static_cast<unsigned char>(1 + i % 255);
                detail::copy_whole_patches(from.data(), read, {rows, run, pitch, step, stride}, count, to.data(),
                                           count * stride);
                for (std::size_t i = 0; i < count * stride; ++i) {
                    const std::size_t at = i % stride;
                    const std::size_t source = i / stride * step + at / run * pitch + at % run;
                    tally.same(static_cast<int>(to[i]), at < rows * run ? static_cast<int>(1 + source % 255) : 0, rows,
                               run, slack, i);
                }
            }
        }
    }
    tally.require_all_equal(10000);
}

TEST_CASE("A run of any length is copied whole and no further", "[layer][patches]") {
    for (std::size_t count = 0; count < 300; ++count) {
        std::vector<std::int16_t> from(count + 1, 7), to(count + 1, -1);
        for (std::size_t i = 0; i < count; ++i) from[i] = static_cast<std::int16_t>(i);
        detail::copy_run(from.data(), count, to.data());
        from[count] = -1;
        REQUIRE(to == from);
    }
}
