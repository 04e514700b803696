// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/arch/bytes.hpp>

#include <algorithm>
#include <cstdint>

#include "support/guard_pages.hpp"

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::Flush;

namespace {
/// Every byte against every other, at the end of a page.
template <class X, std::size_t Count> void check_max() {
    BetweenGuards<X> a(Count, Flush::back), b(Count, Flush::back), to(Count, Flush::back);
    for (std::size_t shift = 0; shift < 256; ++shift) {
        for (std::size_t first = 0; first < 256; first += Count) {
            for (std::size_t i = 0; i < Count; ++i) {
                a[i] = static_cast<X>(first + i);
                b[i] = static_cast<X>(first + i + shift);
            }
            max(arch::Bytes<X, Count>::load(a.data()), arch::Bytes<X, Count>::load(b.data())).store(to.data());
            for (std::size_t i = 0; i < Count; ++i) REQUIRE(to[i] == std::max(a[i], b[i]));
        }
    }
    CHECK(to.clean());
}
}  // namespace

TEST_CASE("The larger of two bytes, signed or not, in registers of every size", "[arch]") {
    check_max<std::int8_t, 4>();
    check_max<std::uint8_t, 8>();
    check_max<std::int8_t, 16>();
    check_max<std::uint8_t, 64>();
    check_max<std::int8_t, 64>();
}
