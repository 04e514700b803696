// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/nibbles.hpp>

#include <qtensor/gemm/gemm.hpp>

#include <vector>

#include "support/arches.hpp"
#include "support/catch.hpp"
#include "support/oracle.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Tally;

/// The driver on an atom against three loops, for weights of 4 bits from -Offset on, two of them in each byte.
template <class Atom, class X, std::int32_t Offset>
void exact(std::size_t depth, oracle::Fill x_fill, oracle::Fill w_fill, Tally& tally) {
    constexpr std::size_t m = arch::tile_rows<Atom> + 1, n = arch::panel_columns<Atom> + 1;
    constexpr std::int64_t lowest = std::is_signed_v<X> ? -128 : 0;
    oracle::Random random(depth);
    const auto x = oracle::codes(x_fill, m * depth, lowest, lowest + 255, random);
    auto w = oracle::codes(w_fill, n * depth, -Offset, 15 - Offset, random);
    if (Atom::spill_depth == 0) oracle::limit_rows(w, depth, 32767 / 255);  // sums of int16
    const std::vector<X> cells(x.begin(), x.end());
    const PanelLayout<Atom> layout{n, depth};
    std::vector<std::uint8_t> panels(layout.cells());
    tally.same(static_cast<long long>(panels.size()),
               static_cast<long long>(2 * arch::panel_columns<Atom> * layout.padded_k() / 2), depth);
    for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t d = 0; d < depth; ++d)
            layout.put(panels.data(), j, d, static_cast<std::uint8_t>(w[j * depth + d] + Offset));
    }
    const auto want = oracle::product(m, n, depth, x, w, 0, {});
    gemm<Atom, false>(Rows<X>{cells.data(), static_cast<std::ptrdiff_t>(depth), m, depth}, layout, panels.data(),
                      nullptr, [&](const TileSums<std::int32_t>& tile) {
                          for (std::size_t r = 0; r < tile.rows; ++r) {
                              for (std::size_t c = 0; c < tile.columns; ++c)
                                  tally.same(tile.sums[r * tile.stride + c], want[(tile.row + r) * n + tile.column + c],
                                             depth, r, c);
                          }
                      });
}

}  // namespace

TEST_CASE("Two weights in a byte make the sums that they make alone", "[arch][nibbles]") {
    qtensor_test::EveryArch::each([]<class Arch>() {
        if constexpr (arch::HasAtom<Arch, std::int8_t, arch::Nibbles<8>>) {
            Tally tally;
            for (const std::size_t depth : {1u, 4u, 5u, 8u, 9u, 31u, 64u, 67u}) {
                for (const oracle::Fill x : oracle::fills) {
                    for (const oracle::Fill w : {oracle::Fill::lowest, oracle::Fill::highest, oracle::Fill::random}) {
                        using Signed = arch::Atom<Arch, std::int8_t, arch::Nibbles<8>>;
                        exact<Signed, std::int8_t, 8>(depth, x, w, tally);
                        exact<arch::Atom<Arch, std::uint8_t, arch::Nibbles<0>>, std::uint8_t, 0>(depth, x, w, tally);
                        if constexpr (arch::HasInt16Sums<Signed>)
                            exact<arch::Int16Sums<Signed>, std::int8_t, 8>(depth, x, w, tally);
                    }
                }
            }
            tally.require_all_equal(10000);
        }
    });
}

TEST_CASE("An architecture that takes bytes takes nibbles", "[arch][nibbles]") {
    qtensor_test::EveryArch::each([]<class Arch>() {
        if constexpr (!std::same_as<Arch, arch::scalar>) {
            using Atom = arch::Atom<Arch, std::uint8_t, arch::Nibbles<8>>;
            STATIC_REQUIRE(arch::codes_per_cell<Atom> == 2);
            STATIC_REQUIRE(arch::packed_cells<Atom> == Atom::n * Atom::k / 2);
            STATIC_REQUIRE(Atom::w_offset == 8);
            if constexpr (std::same_as<Arch, arch::avx2>) {
                // Seen from the instruction, 4 pairs of 255 * 15 fit int16 and 8 of -128 * 15 do; a step has two.
                STATIC_REQUIRE(Atom::spill_depth == 2);
                STATIC_REQUIRE(arch::Atom<Arch, std::int8_t, arch::Nibbles<8>>::spill_depth == 4);
            }
            // Accumulators, both halves of the weights and of an activation, and the mask.
            STATIC_REQUIRE(Atom::tile_m * Atom::tile_n + 2 * Atom::tile_n + 3 <= (Arch::lane_bytes == 64 ? 32 : 16));
        }
    });
}
