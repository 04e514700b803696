// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/arch.hpp>
#include <qtensor/gemm/pack.hpp>
#include <qtensor/gemm/tile.hpp>

#include <utility>
#include <vector>

#include "support/arches.hpp"
#include "support/odd_atoms.hpp"
#include "support/oracle.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Tally;

/// tile<Atom, Rows, Columns> on random rows and a random panel, against three loops, over many depths: whole splits of
/// the depth, single steps and a last step that comes from the padded tails. Only the first Columns atoms of the panel
/// count.
template <class Atom, std::size_t Rows, std::size_t Columns> void tile_sums(Tally& tally) {
    using ACell = typename Atom::a_cell;
    constexpr std::size_t columns = arch::panel_columns<Atom>;
    constexpr std::size_t m = Rows * Atom::m;
    oracle::Random random(Rows * 1000 + Columns);
    for (std::size_t depth = 0; depth <= 9 * Atom::k + 1; ++depth) {
        const PanelLayout<Atom> layout{columns, depth};
        const std::size_t tail = depth % Atom::k;
        if (!detail::has_tails<Atom> && tail != 0) continue;  // widened rows are padded to whole groups
        const std::size_t first = depth % 3;                  // rows in front that are not asked for
        std::vector<std::vector<ACell>> x(first + m);
        std::vector<const ACell*> rows;
        std::vector<ACell> tails((first + m) * Atom::k);
        for (std::size_t i = 0; i < first + m; ++i) {
            x[i].resize(depth);
            for (ACell& cell : x[i]) cell = static_cast<ACell>(random.between(std::is_signed_v<ACell> ? -128 : 0, 127));
            for (std::size_t d = 0; d < tail; ++d) tails[i * Atom::k + d] = x[i][depth - tail + d];
            rows.push_back(x[i].data());
        }
        std::vector<typename Atom::packed> panel(layout.cells());
        for (std::size_t j = 0; j < columns; ++j) {
            for (std::size_t d = 0; d < depth; ++d) {
                panel[layout.index(j, d)] = static_cast<typename Atom::packed>(random.between(0, 127));
            }
        }
        using Sum = typename Atom::accumulator;
        constexpr bool is_real = std::is_floating_point_v<Sum>;  // float sums start with zero
        std::vector<Sum> column_terms(columns), row_terms(first + m);
        for (Sum& term : column_terms) term = is_real ? Sum{} : static_cast<Sum>(random.between(-100000000, 100000000));
        for (Sum& term : row_terms) term = is_real ? Sum{} : static_cast<Sum>(random.between(-100000000, 100000000));
        std::vector<Sum> sums(m * columns + 5, 77);
        tile<Atom, Rows, Columns>(TileRows<Atom>{rows.data(), tails.data()},
                                  TileStart<Sum>{column_terms.data(), row_terms.data()}, first, panel.data(), depth,
                                  ToMemory<Atom>{sums.data()});
        for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t j = 0; j < columns; ++j) {
                std::int64_t want =
                    j < Columns * Atom::n ? static_cast<std::int64_t>(column_terms[j] + row_terms[first + i]) : 77;
                for (std::size_t d = 0; d < depth && j < Columns * Atom::n; ++d) {
                    want += static_cast<std::int64_t>(x[first + i][d]) *
                            static_cast<std::int64_t>(panel[layout.index(j, d)]);
                }
                tally.same(static_cast<long long>(sums[i * columns + j]), want, depth, i, j);
            }
        }
        for (std::size_t behind = 0; behind < 5; ++behind) {
            tally.same(static_cast<long long>(sums[m * columns + behind]), 77, depth, behind);
        }
    }
}

/// Body<number>() for 1 ... Count.
template <std::size_t Count, class Body> void count_to(Body&& body) {
    [&]<std::size_t... Before>(std::index_sequence<Before...>) {
        (body.template operator()<Before + 1>(), ...);
    }(std::make_index_sequence<Count>{});
}

template <class Atom> void every_height(Tally& tally) {
    count_to<Atom::tile_m>([&]<std::size_t Rows>() { tile_sums<Atom, Rows, Atom::tile_n>(tally); });
}
template <class Atom> void every_width(Tally& tally) {
    count_to<Atom::tile_n>([&]<std::size_t Columns>() { tile_sums<Atom, Atom::tile_m, Columns>(tally); });
}

}  // namespace

TEST_CASE("a tile of any height and width sums its rows times its panel: odd atoms") {
    Tally tally;
    every_height<qtensor_test::Atom3x5x7>(tally);
    every_height<qtensor_test::Atom2x2x8>(tally);
    every_height<qtensor_test::Atom1x3x5>(tally);
    every_height<qtensor_test::Atom4x3x2>(tally);
    every_width<qtensor_test::Atom3x5x7>(tally);
    every_width<qtensor_test::Atom1x3x5>(tally);
    tally.require_all_equal(10000);
}

TEST_CASE("a tile of any height and width sums its rows times its panel: the atoms of this machine") {
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        if constexpr (!std::same_as<Arch, arch::scalar>) {
            every_height<arch::Atom<Arch, std::int8_t, std::int8_t>>(tally);
            every_width<arch::Atom<Arch, std::uint8_t, std::int8_t>>(tally);
            every_width<arch::Atom<Arch, float, float>>(tally);  // whole numbers: float sums are exact
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
