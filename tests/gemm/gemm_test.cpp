// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/gemm.hpp>

#include <vector>

#include "support/odd_atoms.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Tally;

template <class Atom> struct activation_of;
template <std::size_t M, std::size_t N, std::size_t K, std::size_t TM, std::size_t TN, bool P, class T, std::int32_t O>
struct activation_of<qtensor_test::OddAtom<M, N, K, TM, TN, P, T, O>> {
    using type = T;
};
template <class T> struct activation_of<qtensor_test::SaturatingAtom<T>> {
    using type = T;
};

struct Problem {
    std::size_t m, n, k;
    std::vector<std::int64_t> x, w;
    std::ptrdiff_t stride;  // between rows of x; negative: the last row comes first in memory
};

template <class X> Problem problem(std::size_t m, std::size_t n, std::size_t k, oracle::Fill fill, std::uint64_t seed) {
    oracle::Random random(seed);
    const std::int64_t lowest = std::is_signed_v<X> ? -128 : 0;
    Problem p{m,
              n,
              k,
              oracle::codes(fill, m * k, lowest, lowest + 255, random),
              oracle::codes(seed % 2 == 0 ? fill : oracle::Fill::random, n * k, -128, 127, random),
              0};
    p.stride = static_cast<std::ptrdiff_t>(k + seed % 4);
    if (seed % 3 == 0) p.stride = -p.stride;
    return p;
}

/// A tally that may find differences.
struct Count {
    long long wrong = 0;
    template <class... Inputs> void same(long long got, long long want, const Inputs&...) { wrong += got != want; }
};

/// Runs the driver and counts what differs from three loops: accumulators, row sums, how often and where the sink is
/// called.
template <class Atom, bool NeedsRowSums, class Tally> void drive(const Problem& p, Tally& tally) {
    using X = typename activation_of<Atom>::type;
    const PanelLayout<Atom> layout{p.n, p.k};
    std::vector<typename Atom::packed> panels(layout.cells() + 1);
    for (std::size_t j = 0; j < p.n; ++j) {
        for (std::size_t d = 0; d < p.k; ++d) {
            panels[layout.index(j, d)] = static_cast<typename Atom::packed>(p.w[j * p.k + d] + Atom::w_offset);
        }
    }
    const std::size_t distance = static_cast<std::size_t>(p.stride < 0 ? -p.stride : p.stride);
    std::vector<X> cells(p.m * distance + 1, X{99});
    const std::ptrdiff_t start = p.stride < 0 ? static_cast<std::ptrdiff_t>(distance * (p.m - 1)) : 0;
    for (std::size_t i = 0; i < p.m; ++i) {
        for (std::size_t d = 0; d < p.k; ++d) {
            const auto at = start + static_cast<std::ptrdiff_t>(i) * p.stride + static_cast<std::ptrdiff_t>(d);
            cells[static_cast<std::size_t>(at)] = static_cast<X>(p.x[i * p.k + d]);
        }
    }
    const std::size_t bytes = gemm_workspace_bytes<Atom>(p.m, p.k);
    constexpr std::size_t canaries = 16;
    std::vector<std::int64_t> workspace(bytes / 8 + 1 + canaries, 0x5a5a5a5a5a5a5a5a);

    const auto want = oracle::product(p.m, p.n, p.k, p.x, p.w, 0, {});
    std::vector<int> calls(p.m * p.n, 0);
    gemm<Atom, NeedsRowSums>(
        Rows<X>{cells.data() + start, p.stride, p.m, p.k}, layout, panels.data(), workspace.data(),
        [&](const TileSums<std::int32_t>& tile) {
            const std::size_t first = tile.column;
            const std::size_t count = tile.columns;
            tally.same(static_cast<long long>(first % layout.columns), 0, tile.row, first);
            tally.same(tile.rows > 0 && tile.rows <= arch::tile_rows<Atom> && tile.row + tile.rows <= p.m, 1, tile.row);
            tally.same(count > 0 && count <= layout.columns && first + count <= p.n, 1, tile.row, first, count);
            tally.same(tile.row_sums != nullptr, NeedsRowSums, tile.row, first);
            for (std::size_t r = 0; r < tile.rows; ++r) {
                const std::size_t row = tile.row + r;
                for (std::size_t c = 0; c < count; ++c) {
                    ++calls[row * p.n + first + c];
                    tally.same(tile.sums[r * tile.stride + c], want[row * p.n + first + c], p.m, p.n, p.k, row,
                               first + c);
                }
                std::int64_t sum = 0;
                for (std::size_t d = 0; d < p.k; ++d) sum += p.x[row * p.k + d];
                if (NeedsRowSums) tally.same(tile.row_sums[r], sum, row, first);
            }
        });
    for (const int number : calls) tally.same(number, 1, p.m, p.n, p.k);
    for (std::size_t i = bytes / 8 + 1; i < workspace.size(); ++i) tally.same(workspace[i], 0x5a5a5a5a5a5a5a5a, i);
}

template <class Atom> void every_remainder(Tally& tally) {
    using X = typename activation_of<Atom>::type;
    constexpr std::size_t columns = arch::panel_columns<Atom>;
    constexpr std::size_t block = detail::block_rows<Atom>;
    const std::size_t widths[] = {1, columns - 1, columns, columns + 1, 2 * columns + 1};
    constexpr std::size_t wide = detail::wide_panels<Atom> * columns;
    std::uint64_t seed = 1;
    for (std::size_t m = 1; m <= 2 * arch::tile_rows<Atom> + 1; ++m) {
        for (std::size_t k = 1; k <= 4 * Atom::k + 2; ++k) {
            const oracle::Fill fill = oracle::fills[seed % 5];
            const Problem p = problem<X>(m, widths[seed % 5], k, fill, seed);
            if (seed % 2 == 0) {
                drive<Atom, true>(p, tally);
            } else {
                drive<Atom, false>(p, tally);
            }
            seed += 3;
        }
    }
    for (const std::size_t m : {std::size_t{1}, block + 1}) {
        for (const std::size_t n : {wide - 1, wide, wide + 1, 2 * wide + columns + 1})
            drive<Atom, true>(problem<X>(m, n, 3 * Atom::k + 1, oracle::Fill::random, seed++), tally);
    }
    for (const std::size_t m : {block - 1, block, block + 1, 2 * block + 3}) {
        drive<Atom, true>(problem<X>(m, columns + 2, Atom::k + 1, oracle::Fill::random, seed++), tally);
    }
    for (const oracle::Fill fill : oracle::fills) {
        drive<Atom, true>(problem<X>(arch::tile_rows<Atom> + 1, columns + 1, 3 * Atom::k + 1, fill, seed += 2), tally);
    }
}

/// An instruction set of three columns whose panels are widened ahead: what a workspace depends on.
struct WideningWords {
    struct Register {
        std::int32_t lanes[3];
    };
    static constexpr bool widens_panels = true;
    template <class T> static Register load_widened(const T*) { return {}; }
    template <class T> static void store(T*, Register) {}
    static Register broadcast(std::int32_t) { return {}; }
    static Register madd(Register c, Register, Register) { return c; }
};

}  // namespace

TEST_CASE("one driver serves atoms of any shape: 3 x 5 x 7") {
    Tally tally;
    every_remainder<qtensor_test::Atom3x5x7>(tally);
    tally.require_all_equal(10000);
}

TEST_CASE("one driver serves atoms of any shape: 2 x 2 x 8, weights packed with an offset") {
    Tally tally;
    every_remainder<qtensor_test::Atom2x2x8>(tally);
    tally.require_all_equal(10000);
}

TEST_CASE("one driver serves atoms of any shape: 1 x 3 x 5 and 4 x 3 x 2, activations widened in a workspace") {
    Tally tally;
    every_remainder<qtensor_test::Atom1x3x5>(tally);
    every_remainder<qtensor_test::Atom4x3x2>(tally);
    tally.require_all_equal(10000);
}

TEST_CASE("an atom that saturates like vpmaddubsw is found out by extreme data, and by nothing tamer") {
    using Saturating = qtensor_test::SaturatingAtom<std::uint8_t>;
    using Exact = Saturating::Base;
    const auto wrong = []<class Atom>(oracle::Fill fill, std::int64_t highest) {
        Problem p = problem<std::uint8_t>(5, 9, 12, fill, 2);
        for (auto& v : p.x) v = v > highest ? highest : v;
        Count count;
        drive<Atom, false>(p, count);
        return count.wrong;
    };
    using oracle::Fill;
    for (const Fill fill : oracle::fills) CHECK(wrong.operator()<Exact>(fill, 255) == 0);
    CHECK(wrong.operator()<Saturating>(Fill::highest, 255) == 5 * 9);  // every sum: all 255 times all 127
    CHECK(wrong.operator()<Saturating>(Fill::random, 255) > 0);
    for (const Fill fill : oracle::fills) CHECK(wrong.operator()<Saturating>(fill, 127) == 0);  // seven bits hide it
    const auto sums = []<class Atom>(std::int64_t x, std::int64_t w) {
        const PanelLayout<Atom> layout{1, 2};
        std::vector<std::int16_t> panels(layout.cells());
        panels[layout.index(0, 0)] = panels[layout.index(0, 1)] = static_cast<std::int16_t>(w);
        const std::uint8_t cells[] = {static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(x)};
        std::int64_t sum = 0;
        gemm<Atom, false>(Rows<std::uint8_t>{cells, 2, 1, 2}, layout, panels.data(), nullptr,
                          [&](const TileSums<std::int32_t>& tile) { sum = tile.sums[0]; });
        return sum;
    };
    CHECK(sums.operator()<Exact>(255, 127) == 64770);
    CHECK(sums.operator()<Saturating>(255, 127) == 32767);
    CHECK(sums.operator()<Exact>(255, -128) == -65280);
    CHECK(sums.operator()<Saturating>(255, -128) == -32768);
    CHECK(sums.operator()<Saturating>(127, 127) == 32258);  // seven bits: the shortcut looks right
}

TEST_CASE("empty products call the sink for every cell or not at all") {
    using Atom = qtensor_test::Atom3x5x7;
    Tally tally;
    for (const auto& [m, n, k] : {std::array<std::size_t, 3>{0, 4, 4}, {4, 0, 4}, {4, 4, 0}, {0, 0, 0}}) {
        drive<Atom, true>(problem<std::int8_t>(m, n, k, oracle::Fill::random, 1), tally);
    }
    tally.require_all_equal(16);
}

TEST_CASE("only activations that are widened need a workspace, and it never grows beyond a block of rows") {
    using Widened = qtensor_test::Atom1x3x5;  // a block is 16 rows
    STATIC_REQUIRE(gemm_workspace_bytes<qtensor_test::Atom3x5x7>(1000, 1000) == 0);
    STATIC_REQUIRE(gemm_workspace_bytes<Widened>(0, 5) == 0);
    STATIC_REQUIRE(gemm_workspace_bytes<Widened>(1, 6) == 10 * 2);
    STATIC_REQUIRE(gemm_workspace_bytes<Widened>(16, 5) == 16 * 5 * 2);
    STATIC_REQUIRE(gemm_workspace_bytes<Widened>(17, 5) == 16 * 5 * 2);
    using Bytes =
        arch::MaddAtom<WideningWords, std::int8_t, std::int8_t, 6, 2>;  // tiles of 6 rows, panels of 6 columns
    STATIC_REQUIRE(gemm_workspace_bytes<Bytes>(59, 9) == 59 * 10 * 2);
    STATIC_REQUIRE(gemm_workspace_bytes<Bytes>(60, 9) ==
                   60 * 10 * 2 + 6 * 10 * 2 + 64);  // with a panel at a cache line
    STATIC_REQUIRE(gemm_workspace_bytes<Bytes>(1000, 9) == 192 * 10 * 2 + 6 * 10 * 2 + 64);
    STATIC_REQUIRE(gemm_workspace_bytes<Bytes>(1000, 4000) == 60 * 4000 * 2 + 6 * 4000 * 2 + 64);  // 512 KiB of rows
    STATIC_REQUIRE(gemm_workspace_bytes<Bytes>(1000, 8000) == 30 * 8000 * 2);  // too few rows for their panels
    STATIC_REQUIRE(gemm_workspace_bytes<Bytes>(1000, 80000) == 24 * 80000 * 2);
    CHECK(qtensor_test::says(
        qtensor_test::refused([] { (void)gemm_workspace_bytes<Widened>(16, static_cast<std::size_t>(-1) / 20); }),
        "the number of elements does not fit std::size_t"));
}
