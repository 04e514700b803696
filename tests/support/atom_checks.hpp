// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The contract of an atom, instruction by instruction: c + a * b^T modulo 2^32 for every value, row sums, widened
/// rows. The oracle is a loop in int64.

#include <qtensor/arch/atom.hpp>
#include <qtensor/arch/maddubs.hpp>
#include <qtensor/arch/nibbles.hpp>

#include <algorithm>
#include <limits>
#include <vector>

#include "guard_pages.hpp"
#include "samples.hpp"
#include "tally.hpp"

namespace qtensor_test {

/// What operands are made of: any value, or only the extreme ones, whose products are largest.
template <class T> T operand(Random& random, int kind) {
    constexpr T lowest = std::numeric_limits<T>::lowest();
    constexpr T highest = std::numeric_limits<T>::max();
    switch (kind) {
    case 0:
        return lowest;
    case 1:
        return highest;
    case 2:
        return random.word() % 2 == 0 ? lowest : highest;
    default:
        return static_cast<T>(random.word());
    }
}

inline std::int64_t modulo_2_to_32(std::int64_t exact) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::uint64_t>(exact)));
}

/// One instruction on k activations of a row and n x k weights, from every accumulator.
template <class Atom, class X, class W> void atom_multiplies_exactly() {
    static_assert(qtensor::arch::DotProductAtom<Atom>);
    static_assert(Atom::m == 1);
    constexpr std::size_t n = Atom::n;
    constexpr std::size_t k = Atom::k;
    // The packed side must hold every weight after the offset.
    static_assert(std::numeric_limits<W>::lowest() + Atom::w_offset >=
                  std::numeric_limits<typename Atom::packed>::lowest());
    static_assert(std::numeric_limits<W>::max() + Atom::w_offset <= std::numeric_limits<typename Atom::packed>::max());
    Random random(23);
    Tally tally;
    for (int round = 0; round < 4000; ++round) {
        const int x_kind = round % 4;
        const int w_kind = round / 4 % 4;
        std::vector<X> x(k);
        for (X& value : x) value = operand<X>(random, x_kind);
        std::vector<W> w(n * k);
        for (W& value : w) value = operand<W>(random, w_kind);
        std::vector<std::int32_t> start(n);
        for (std::int32_t& value : start)
            value = round % 3 == 0 ? (round % 2 == 0 ? INT32_MAX : INT32_MIN) : random.int32();

        BetweenGuards<typename Atom::packed> panel(n * k);
        for (std::size_t i = 0; i < n * k; ++i)
            panel.data()[i] = static_cast<typename Atom::packed>(w[i] + Atom::w_offset);
        BetweenGuards<typename Atom::a_cell> cells(k);
        for (std::size_t i = 0; i < k; ++i) cells.data()[i] = static_cast<typename Atom::a_cell>(x[i]);
        const typename Atom::a_cell* row = cells.data();
        const auto a = Atom::load_a(&row, 0);

        BetweenGuards<std::int32_t> out(n);
        typename Atom::C c = Atom::zero();
        // The accumulator enters through memory: C is a register of n int32 in order.
        static_assert(sizeof(c) == n * sizeof(std::int32_t));
        std::memcpy(static_cast<void*>(&c), start.data(), sizeof(c));
        Atom::store(out.data(), n, Atom::mma(c, a, Atom::load_b(panel.data())));
        std::int64_t x_sum = 0;
        for (const X value : x) x_sum += value;
        for (std::size_t column = 0; column < n; ++column) {
            std::int64_t exact = start[column];
            for (std::size_t i = 0; i < k; ++i) exact += static_cast<std::int64_t>(x[i]) * w[column * k + i];
            // What the driver takes back: w_offset times the sum of the row.
            const std::int64_t got = out.data()[column] - Atom::w_offset * x_sum;
            tally.same(modulo_2_to_32(got), modulo_2_to_32(exact), round, column);
        }
        Atom::store(out.data(), n, Atom::add(c, c));
        for (std::size_t column = 0; column < n; ++column) {
            const std::int64_t twice = 2 * static_cast<std::int64_t>(start[column]);
            tally.same(out.data()[column], modulo_2_to_32(twice), round, column);
        }
        const std::int32_t row_term = random.int32();
        Atom::store(out.data(), n, Atom::start(start.data(), &row_term));
        for (std::size_t column = 0; column < n; ++column)
            tally.same(out.data()[column], modulo_2_to_32(std::int64_t{start[column]} + row_term), round, column);
        Atom::store(out.data(), n, Atom::zero());
        for (std::size_t column = 0; column < n; ++column) tally.same(out.data()[column], 0, round, column);
    }
    tally.require_all_equal(static_cast<long long>(4000 * 4 * n));
}

/// load_a at a later depth reads from there.
template <class Atom> void atom_loads_from_any_depth() {
    constexpr std::size_t k = Atom::k;
    Tally tally;
    BetweenGuards<typename Atom::a_cell> row_cells(9 * k);
    for (std::size_t i = 0; i < 9 * k; ++i) row_cells.data()[i] = static_cast<typename Atom::a_cell>(1 + i);
    std::vector<typename Atom::packed> ones(Atom::n * k, typename Atom::packed{1});
    std::vector<std::int32_t> out(Atom::n);
    const typename Atom::a_cell* row = row_cells.data();
    for (std::size_t at = 0; at <= 8 * k; at += k) {
        Atom::store(out.data(), Atom::n, Atom::mma(Atom::zero(), Atom::load_a(&row, at), Atom::load_b(ones.data())));
        long long want = 0;
        for (std::size_t i = 0; i < k; ++i) want += static_cast<long long>(at + i + 1);
        for (const std::int32_t got : out) tally.same(got, want, at);
    }
    tally.require_all_equal(static_cast<long long>(9 * Atom::n));
}

/// The sum of a row of every length, of extremes and of random values, in memory that ends with the row.
template <class Atom, class X> void row_sums_are_exact() {
    Random random(24);
    Tally tally;
    for (std::size_t depth = 0; depth <= 300; ++depth) {
        for (int kind = 0; kind < 5; ++kind) {
            BetweenGuards<X> row(depth);
            long long want = 0;
            for (std::size_t i = 0; i < depth; ++i) {
                row.data()[i] = operand<X>(random, kind);
                want += row.data()[i];
            }
            tally.same(Atom::row_sum(row.data(), depth), want, depth, kind);
            if constexpr (requires(const X* const* rows, std::int32_t* to) { Atom::four_row_sums(rows, depth, to); }) {
                const std::size_t less = depth / 2;  // rows that differ
                const X* const rows[] = {row.data(), row.data() + 1, row.data() + less, row.data() + depth - less};
                std::int32_t sums[] = {7, 7, 7, 7, 7};
                Atom::four_row_sums(rows, less, sums);
                for (int r = 0; r < 4; ++r) {
                    long long one = 0;
                    for (std::size_t i = 0; i < less; ++i) one += rows[r][i];
                    tally.same(sums[r], one, depth, kind, r);
                }
                tally.same(sums[4], 7, depth, kind);
            }
        }
    }
    BetweenGuards<X> row(1 << 20);
    for (const X extreme : {std::numeric_limits<X>::lowest(), std::numeric_limits<X>::max()}) {
        std::fill(row.data(), row.data() + (1 << 20), extreme);
        tally.same(Atom::row_sum(row.data(), 1 << 20), modulo_2_to_32((1LL << 20) * extreme), extreme);
    }
    tally.require_all_equal(301 * 5 + 2);
}

/// A row of a_cell: the same values, zeros up to a multiple of k, nothing written behind.
template <class Atom, class X> void rows_are_widened_exactly() {
    using Cell = typename Atom::a_cell;
    Random random(25);
    Tally tally;
    for (std::size_t depth = 0; depth <= 200; ++depth) {
        const std::size_t padded = (depth + Atom::k - 1) / Atom::k * Atom::k;
        BetweenGuards<X> row(depth);
        for (std::size_t i = 0; i < depth; ++i) row.data()[i] = operand<X>(random, static_cast<int>(depth % 5));
        BetweenGuards<Cell> wide(padded);
        std::vector<Cell> canaries(padded + 32, Cell{12345});
        for (std::size_t i = 0; i < padded; ++i) wide.data()[i] = Cell{-1};
        Atom::widen_row(row.data(), depth, wide.data());
        Atom::widen_row(row.data(), depth, canaries.data());
        for (std::size_t i = 0; i < canaries.size(); ++i) {
            const long long want = i < depth ? row.data()[i] : i < padded ? 0 : 12345;
            tally.same(canaries[i], want, depth, i);
            if (i < padded) tally.same(wide.data()[i], want, depth, i);
        }
    }
    tally.require_all_equal(200 * 100);
}

/// The float atom: c + a * b in one rounding, or in two where there is no FMA; every lane with its own weight.
template <class Atom, int Roundings = 1> void float_atom_multiplies_and_adds() {
    static_assert(qtensor::arch::DotProductAtom<Atom>);
    static_assert(Atom::m == 1 && Atom::k == 1);
    constexpr std::size_t n = Atom::n;
    Random random(26);
    Tally tally;
    for (int round = 0; round < 20000; ++round) {
        BetweenGuards<float> x(3);
        for (int i = 0; i < 3; ++i) x.data()[i] = random.real(-10.0, 10.0);
        BetweenGuards<float> w(n);
        std::vector<float> start(n);
        for (std::size_t i = 0; i < n; ++i) {
            w.data()[i] = random.real(-10.0, 10.0);
            start[i] = random.real(-100.0, 100.0);
        }
        typename Atom::C c = Atom::zero();
        static_assert(sizeof(c) == n * sizeof(float));
        std::memcpy(static_cast<void*>(&c), start.data(), sizeof(c));
        const float* row = x.data();
        const std::size_t at = static_cast<std::size_t>(round % 3);
        BetweenGuards<float> out(n);
        Atom::store(out.data(), n, Atom::mma(c, Atom::load_a(&row, at), Atom::load_b(w.data())));
        for (std::size_t i = 0; i < n; ++i) {
            volatile float product = row[at] * w.data()[i];
            const float want =
                Roundings == 1 ? std::fma(row[at], w.data()[i], start[i]) : static_cast<float>(product + start[i]);
            tally.same_bits(out.data()[i], want, row[at], w.data()[i], start[i]);
        }
        Atom::store(out.data(), n, Atom::add(c, Atom::load_b(w.data())));
        for (std::size_t i = 0; i < n; ++i)
            tally.same_bits(out.data()[i], start[i] + w.data()[i], start[i], w.data()[i]);
        Atom::store(out.data(), n, Atom::load_b(w.data()));
        for (std::size_t i = 0; i < n; ++i) tally.same_bits(out.data()[i], w.data()[i], i);
    }
    tally.require_all_equal(static_cast<long long>(20000 * 3 * n));
}

/// All of it for activations X and weights W.
template <class Arch, class X, class W> void integer_atom_is_exact() {
    using Atom = qtensor::arch::Atom<Arch, X, W>;
    static_assert(qtensor::arch::HasAtom<Arch, X, W>);
    atom_multiplies_exactly<Atom, X, W>();
    atom_loads_from_any_depth<Atom>();
    row_sums_are_exact<Atom, X>();
    if constexpr (!Atom::in_place) rows_are_widened_exactly<Atom, X>();
}

/// Weights of four bits have an atom of their own, beside activations of one byte.
template <class Arch>
inline constexpr bool takes_nibbles = qtensor::arch::HasAtom<Arch, std::int8_t, qtensor::arch::Nibbles<8>> &&
                                      qtensor::arch::HasAtom<Arch, std::uint8_t, qtensor::arch::Nibbles<0>> &&
                                      !qtensor::arch::HasAtom<Arch, std::int16_t, qtensor::arch::Nibbles<8>>;

/// So have weights of which `Depth` pairs of products fit an int16; where not even one does, they have none.
template <class Arch>
inline constexpr bool takes_narrow_weights =
    qtensor::arch::HasAtom<Arch, std::int8_t, qtensor::arch::Narrow<64, 1>> &&
    qtensor::arch::HasAtom<Arch, std::uint8_t, qtensor::arch::Narrow<0, 2>> &&
    !qtensor::arch::HasAtom<Arch, std::int16_t, qtensor::arch::Narrow<64, 1>> &&
    !qtensor::arch::HasAtom<Arch, std::int8_t, qtensor::arch::Narrow<128, 0>>;

}  // namespace qtensor_test
