// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/arch.hpp>
#include <qtensor/gemm/pack.hpp>
#include <qtensor/gemm/tile.hpp>

#include <vector>

#include "support/arches.hpp"
#include "support/odd_atoms.hpp"
#include "support/oracle.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Tally;

/// tile<Atom, Rows> on random rows and a random panel, against three loops, over many depths: whole splits of the depth,
/// single steps and a last step that is not whole.
template <class Atom, std::size_t Rows> void tile_sums(Tally& tally) {
    constexpr std::size_t columns = arch::panel_columns<Atom>;
    constexpr std::size_t m = Rows * Atom::m;
    oracle::Random random(Rows * 1000 + columns);
    for (std::size_t depth = 0; depth <= 9 * Atom::k + 1; ++depth) {
        const PanelLayout<Atom> layout{columns, depth};
        std::vector<std::vector<typename Atom::a_cell>> x(m);
        std::vector<const typename Atom::a_cell*> rows;
        for (auto& row : x) {
            row.resize(Atom::in_place ? depth : layout.padded_k());
            for (std::size_t d = 0; d < depth; ++d) {
                row[d] = static_cast<typename Atom::a_cell>(random.between(std::is_signed_v<typename Atom::a_cell> ? -128 : 0, 127));
            }
            row.reserve(1);
            rows.push_back(row.data());
        }
        std::vector<typename Atom::packed> panel(layout.cells());
        for (std::size_t j = 0; j < columns; ++j) {
            for (std::size_t d = 0; d < depth; ++d) {
                panel[layout.index(j, d)] = static_cast<typename Atom::packed>(random.between(0, 127));
            }
        }
        panel.reserve(1);
        std::vector<typename Atom::accumulator> sums(m * columns + 5, 77);
        tile<Atom, Rows>(rows.data(), panel.data(), depth, sums.data());
        for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t j = 0; j < columns; ++j) {
                std::int64_t want = 0;
                for (std::size_t d = 0; d < depth; ++d) {
                    want += static_cast<std::int64_t>(x[i][d]) * static_cast<std::int64_t>(panel[layout.index(j, d)]);
                }
                tally.same(static_cast<long long>(sums[i * columns + j]), want, depth, i, j);
            }
        }
        for (std::size_t behind = 0; behind < 5; ++behind) {
            tally.same(static_cast<long long>(sums[m * columns + behind]), 77, depth, behind);
        }
    }
}

template <class Atom> void every_height(Tally& tally) {
    [&]<std::size_t... Before>(std::index_sequence<Before...>) {
        (tile_sums<Atom, Before + 1>(tally), ...);
    }(std::make_index_sequence<Atom::tile_m>{});
}

}  // namespace

TEST_CASE("a tile of any height sums its rows times its panel: odd atoms") {
    Tally tally;
    every_height<qtensor_test::Atom3x5x7>(tally);
    every_height<qtensor_test::Atom2x2x8>(tally);
    every_height<qtensor_test::Atom1x3x5>(tally);
    every_height<qtensor_test::Atom4x3x2>(tally);
    tally.require_all_equal(10000);
}

TEST_CASE("a tile of any height sums its rows times its panel: the atoms of this machine") {
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        if constexpr (!std::same_as<Arch, arch::scalar>) {
            every_height<arch::Atom<Arch, std::int8_t, std::int8_t>>(tally);
            every_height<arch::Atom<Arch, std::uint8_t, std::int8_t>>(tally);
            every_height<arch::Atom<Arch, float, float>>(tally);  // whole numbers: float sums are exact
        }
    });
    tally.require_all_equal(0);
}

TEST_CASE("the depth is split where few rows leave few accumulators, and never for float sums") {
    struct Real : qtensor_test::Atom1x3x5 {
        using accumulator = float;
    };
    STATIC_REQUIRE(detail::depth_split<qtensor_test::Atom1x3x5, 1> == 4);
    STATIC_REQUIRE(detail::depth_split<qtensor_test::Atom1x3x5, 16> == 1);
    STATIC_REQUIRE(detail::depth_split<Real, 1> == 1);
}
