// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/arch/interleave.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "support/guard_pages.hpp"
#include "support/tally.hpp"

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::Flush;

namespace {

/// Every count up to three registers, at either end of a page; `offset` is what a cell has more than its number.
template <std::size_t K, class X, class Cell> void check(std::int64_t offset, qtensor_test::Tally& tally) {
    for (std::size_t count = 0; count <= 50; ++count) {
        for (const Flush flush : {Flush::front, Flush::back}) {
            std::vector<X> rows[K];
            BetweenGuards<X> guarded(count, flush);  // the last row
            for (std::size_t s = 0; s < K; ++s) {
                for (std::size_t i = 0; i < count; ++i) rows[s].push_back(static_cast<X>(i * 89 + s * 57 + 128));
            }
            std::copy(rows[K - 1].begin(), rows[K - 1].end(), guarded.data());
            BetweenGuards<Cell> to(count * K, flush);
            arch::interleave<K>(
                [&](std::size_t s) {
                    return s + 1 == K ? static_cast<const X*>(guarded.data()) : static_cast<const X*>(rows[s].data());
                },
                count, to.data());
            for (std::size_t i = 0; i < count; ++i) {
                for (std::size_t s = 0; s < K; ++s)
                    tally.same(static_cast<std::int64_t>(to[i * K + s]), static_cast<std::int64_t>(rows[s][i]) + offset,
                               K, count, i, s);
            }
            tally.same(static_cast<int>(to.clean() && guarded.clean()), 1, K, count);
        }
    }
}

}  // namespace

TEST_CASE("Rows lie side by side, and signed bytes become unsigned ones", "[arch]") {
    qtensor_test::Tally tally;
    check<4, std::int8_t, std::uint8_t>(128, tally);
    check<4, std::uint8_t, std::uint8_t>(0, tally);
    check<2, std::int8_t, std::int16_t>(0, tally);
    check<2, std::uint8_t, std::int16_t>(0, tally);
    check<2, std::int16_t, std::int16_t>(0, tally);
    check<1, float, float>(0, tally);
    check<3, std::int8_t, std::int16_t>(0, tally);
    tally.require_all_equal(40000);
}
