// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/panel_layout.hpp>

#include <algorithm>
#include <vector>

#include "support/odd_atoms.hpp"
#include "support/refused.hpp"

namespace {

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;

template <class Atom> void layout_is_a_bijection() {
    for (std::size_t n : {1u, 3u, 5u, 6u, 15u, 16u, 17u, 33u}) {
        for (std::size_t k : {1u, 2u, 4u, 5u, 7u, 8u, 15u}) {
            const PanelLayout<Atom> layout{n, k};
            CHECK(layout.padded_n() % layout.columns == 0);
            CHECK(layout.padded_n() >= n);
            CHECK(layout.padded_n() < n + layout.columns);
            CHECK(layout.padded_k() % Atom::k == 0);
            CHECK(layout.padded_k() >= k);
            CHECK(layout.padded_k() < k + Atom::k);
            CHECK(layout.cells() == layout.padded_n() * layout.padded_k());
            CHECK(layout.panel_cells() == layout.columns * layout.padded_k());
            std::vector<int> hits(layout.cells(), 0);
            bool in_order = true;
            for (std::size_t j = 0; j < layout.padded_n(); ++j) {
                for (std::size_t kk = 0; kk < layout.padded_k(); ++kk) {
                    // [panel][k / atom.k][column][k % atom.k], spelt as nested loops would count it
                    const std::size_t panel = j / layout.columns;
                    const std::size_t groups = layout.padded_k() / Atom::k;
                    const std::size_t want =
                        ((panel * groups + kk / Atom::k) * layout.columns + j % layout.columns) * Atom::k +
                        kk % Atom::k;
                    in_order = in_order && layout.index(j, kk) == want;
                    if (want < hits.size()) ++hits[want];
                }
            }
            CHECK(in_order);
            CHECK(std::count(hits.begin(), hits.end(), 1) == static_cast<std::ptrdiff_t>(hits.size()));
        }
    }
}

}  // namespace

TEST_CASE("round_up gives the next multiple, and a product of sizes never wraps") {
    STATIC_REQUIRE(round_up(0, 7) == 0);
    STATIC_REQUIRE(round_up(1, 7) == 7);
    STATIC_REQUIRE(round_up(7, 7) == 7);
    STATIC_REQUIRE(round_up(8, 7) == 14);
    using Layout = PanelLayout<qtensor_test::Atom3x5x7>;
    CHECK(says(refused([] { (void)Layout{std::size_t{1} << 40, std::size_t{1} << 40}.cells(); }),
               "the number of elements does not fit std::size_t"));
}

TEST_CASE("rounding up a size near the largest one is refused, not wrapped to a small one", "") {
    CHECK(refused([] { (void)round_up(static_cast<std::size_t>(-1), 64); }) != "nothing was refused");
}

TEST_CASE("every weight has one place in its panel, in reading order") {
    layout_is_a_bijection<qtensor_test::Atom3x5x7>();
    layout_is_a_bijection<qtensor_test::Atom2x2x8>();
    layout_is_a_bijection<qtensor_test::Atom1x3x5>();
}
