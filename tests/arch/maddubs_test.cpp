// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/maddubs.hpp>

#include <qtensor/gemm/gemm.hpp>

#include <vector>

#include "support/arches.hpp"
#include "support/catch.hpp"
#include "support/oracle.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Tally;

/// Largest and smallest sum of `pairs` pairs as the instruction sees them, over all extreme operands.
struct Extremes {
    std::int64_t lowest = 0, highest = 0;
};
Extremes extremes(std::int64_t pairs, const std::int64_t (&x)[2], const std::int64_t (&w)[2]) {
    Extremes sums;
    for (const std::int64_t a : x) {
        for (const std::int64_t b : w) {
            const std::int64_t seen = x[0] < 0 ? b - w[0] : b;
            sums.lowest = std::min(sums.lowest, 2 * pairs * a * seen);
            sums.highest = std::max(sums.highest, 2 * pairs * a * seen);
        }
    }
    return sums;
}

/// The driver on Atom against three loops, for weights in [lowest, highest]: how many sums are wrong.
template <class Atom, class X>
long long wrong_sums(std::size_t depth, oracle::Fill fill, std::int64_t lowest, std::int64_t highest, bool flip) {
    constexpr std::size_t m = arch::tile_rows<Atom> + 2, n = arch::panel_columns<Atom> + 3;
    constexpr bool is_signed = std::is_signed_v<X>;
    oracle::Random random(depth);
    const std::int64_t x_lowest = is_signed ? -128 : 0;
    const auto x = oracle::codes(fill, m * depth, x_lowest, x_lowest + 255, random);
    const auto w =
        oracle::codes(flip ? oracle::Fill::lowest : oracle::Fill::highest, n * depth, lowest, highest, random);
    const auto other = oracle::codes(oracle::Fill::random, n * depth, lowest, highest, random);
    std::vector<std::int64_t> weights(n * depth);
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = i / depth % 2 == 0 ? w[i] : other[i];
    if (Atom::spill_depth == 0) oracle::limit_rows(weights, depth, 32767 / (is_signed ? 128 : 255));
    std::vector<X> cells(x.begin(), x.end());
    const PanelLayout<Atom> layout{n, depth};
    std::vector<typename Atom::packed> panels(layout.cells());
    for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t d = 0; d < depth; ++d)
            panels[layout.index(j, d)] = static_cast<typename Atom::packed>(weights[j * depth + d] + Atom::w_offset);
    }
    const auto want = oracle::product(m, n, depth, x, weights, 0, {});
    long long wrong = 0;
    gemm<Atom, false>(Rows<X>{cells.data(), static_cast<std::ptrdiff_t>(depth), m, depth}, layout, panels.data(),
                      nullptr, [&](const TileSums<std::int32_t>& tile) {
                          for (std::size_t r = 0; r < tile.rows; ++r) {
                              for (std::size_t c = 0; c < tile.columns; ++c)
                                  wrong += tile.sums[r * tile.stride + c] != want[(tile.row + r) * n + tile.column + c];
                          }
                      });
    return wrong;
}

/// Over every depth up to a few spills, and every extreme of both operands.
template <class Atom, class X> long long wrong_sums(std::int64_t lowest, std::int64_t highest) {
    long long wrong = 0;
    for (std::size_t depth = 1; depth <= 75; depth += depth < 12 ? 1 : 7) {
        for (const oracle::Fill fill : oracle::fills) {
            wrong += wrong_sums<Atom, X>(depth, fill, lowest, highest, false);
            wrong += wrong_sums<Atom, X>(depth, fill, lowest, highest, true);
        }
    }
    return wrong;
}

/// Exact at the depth that is promised; not with one pair more, which saturates or wraps.
template <class Arch, class X> void exact_up_to_its_depth(std::int64_t lowest, std::int64_t highest) {
    constexpr bool is_signed = std::is_signed_v<X>;
    const auto check = [&]<std::int32_t Offset, std::size_t Depth, bool Exact>() {
        using Atom = arch::Atom<Arch, X, arch::Narrow<Offset, Depth>>;
        INFO(Arch::name << ' ' << lowest << ' ' << highest << ' ' << Depth);
        CHECK((wrong_sums<Atom, X>(lowest, highest) == 0) == Exact);
    };
    if (lowest == -64) {
        check.template operator()<is_signed ? 64 : 0, 1, true>();
        check.template operator()<is_signed ? 64 : 0, 2, false>();
    } else if (lowest == -8) {
        check.template operator()<is_signed ? 8 : 0, 8, true>();
        check.template operator()<is_signed ? 8 : 0, 9, false>();
    } else {
        check.template operator()<is_signed ? 128 : 0, 1, false>();  // full range: vpmaddubsw itself saturates
    }
}

/// int16 sums in a tile of their own on Arch's instructions, and on the same but for one that saturates.
template <class Arch, class X> struct Int16Sums {
    using Words = typename arch::Atom<Arch, X, arch::Narrow<64, 1>>::words;
    struct Saturating : Words {
        using Register = typename Words::Register;
        static Register add_words(Register a, Register b) {
            std::int16_t left[sizeof(Register) / 2], right[sizeof(Register) / 2];
            Words::store(left, a);
            Words::store(right, b);
            for (std::size_t i = 0; i < std::size(left); ++i)
                left[i] = static_cast<std::int16_t>(std::clamp(left[i] + right[i], -32768, 32767));
            return Words::load(left);
        }
    };
    template <class On> using Atom = arch::Int16Sums<arch::MaddubsAtom<On, X, std::is_signed_v<X> ? 64 : 0, 1, 2, 2>>;
    using Exact = Atom<Words>;
    using Wrong = Atom<Saturating>;
};

}  // namespace

TEST_CASE("The spill depth is the number of pairs that int16 holds, and one more does not fit", "[arch][maddubs]") {
    Tally tally;
    for (const std::int64_t x_lowest : {-128, -127, -64, 0}) {
        for (const std::int64_t x_highest : {127, 63, 255}) {
            if (x_highest - x_lowest > 255) continue;
            for (const std::int64_t w_lowest : {-128, -127, -64, -32, -8, 0}) {
                for (const std::int64_t w_highest : {127, 63, 31, 15, 7}) {
                    const auto depth =
                        static_cast<std::int64_t>(arch::spill_depth(x_lowest, x_highest, w_lowest, w_highest));
                    const std::int64_t x[] = {x_lowest, x_highest}, w[] = {w_lowest, w_highest};
                    const Extremes fits = extremes(depth, x, w), more = extremes(depth + 1, x, w);
                    tally.same(fits.lowest >= -32768 && fits.highest <= 32767, true, x_lowest, x_highest, w_lowest,
                               w_highest);
                    if (depth < 8)
                        tally.same(more.lowest < -32768 || more.highest > 32767, true, x_lowest, x_highest, w_lowest,
                                   w_highest);
                }
            }
        }
    }
    tally.require_all_equal(300);
    STATIC_REQUIRE(arch::spill_depth(-128, 127, -128, 127) == 0);
    STATIC_REQUIRE(arch::spill_depth(0, 255, -128, 127) == 0);
    STATIC_REQUIRE(arch::spill_depth(-128, 127, -64, 63) == 1);
    STATIC_REQUIRE(arch::spill_depth(0, 255, -64, 63) == 1);
    STATIC_REQUIRE(arch::spill_depth(-128, 127, -8, 7) == 8);
    STATIC_REQUIRE(arch::spill_depth(0, 255, -8, 7) == 8);
    STATIC_REQUIRE(arch::spill_depth(0, 255, 0, 255) == 0);  // both sides unsigned: there is no such instruction
    CHECK(arch::spill_depth(0, 256, -8, 7) == 0);            // no operands of a byte
    CHECK(arch::spill_depth(-129, 127, -8, 7) == 0);
    CHECK(arch::spill_depth(0, 255, -8, 128) == 0);
    CHECK(arch::spill_depth(0, 255, 0, 0) == 8);  // sums of nothing
    CHECK(arch::spill_depth(0, 0, -8, 7) == 8);
}

TEST_CASE("Narrow atoms are exact to their depth, and saturation one pair beyond it is found out", "[arch][maddubs]") {
    const auto each = []<class Arch>() {
        if constexpr (arch::HasAtom<Arch, std::int8_t, arch::Narrow<8, 8>>) {
            for (const auto& [lowest, highest] : {std::pair{-64, 63}, {-8, 7}, {-128, 127}}) {
                exact_up_to_its_depth<Arch, std::int8_t>(lowest, highest);
                exact_up_to_its_depth<Arch, std::uint8_t>(lowest, highest);
            }
        }
    };
    qtensor_test::EveryArch::each(each);
}

TEST_CASE("Sums of int16 wrap on their way to a result that fits; additions that saturate are found out",
          "[arch][maddubs]") {
    qtensor_test::EveryArch::each([]<class Arch>() {
        if constexpr (arch::HasAtom<Arch, std::int8_t, arch::Narrow<8, 8>>) {
            INFO(Arch::name);
            CHECK(wrong_sums<typename Int16Sums<Arch, std::int8_t>::Exact, std::int8_t>(-64, 63) == 0);
            CHECK(wrong_sums<typename Int16Sums<Arch, std::uint8_t>::Exact, std::uint8_t>(-64, 63) == 0);
            CHECK(wrong_sums<typename Int16Sums<Arch, std::int8_t>::Wrong, std::int8_t>(-64, 63) > 1000);
        }
    });
}
