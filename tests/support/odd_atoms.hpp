// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Atoms that no machine has, in plain C++: odd shapes, several rows at once, registers that are arrays. They drive the
/// loops of gemm/ without an instruction set.

#include <array>
#include <cstddef>
#include <cstdint>

namespace qtensor_test {

inline std::int32_t wrap_add(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}
inline std::int32_t wrap_multiply(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(b));
}

/// M x N x K, repeated TileM x TileN times. Not in place: activations are copied to int16 first. W + Offset is packed.
template <std::size_t M, std::size_t N, std::size_t K, std::size_t TileM, std::size_t TileN, bool InPlace, class X,
          std::int32_t Offset = 0>
struct OddAtom {
    static constexpr std::size_t m = M, n = N, k = K, tile_m = TileM, tile_n = TileN;
    static constexpr bool in_place = InPlace;
    using accumulator = std::int32_t;
    using a_cell = std::conditional_t<InPlace, X, std::int16_t>;
    using packed = std::int16_t;
    static constexpr std::int32_t w_offset = Offset;
    using A = std::array<std::int32_t, M * K>;
    using B = std::array<std::int32_t, N * K>;
    using C = std::array<std::int32_t, M * N>;

    static A load_a(const a_cell* const* rows, std::size_t at) { return load_a(rows, at, K); }
    static A load_a(const a_cell* const* rows, std::size_t at, std::size_t count) {
        A a{};
        for (std::size_t i = 0; i < M; ++i) {
            for (std::size_t d = 0; d < count; ++d) a[i * K + d] = rows[i][at + d];
        }
        return a;
    }
    static B load_b(const packed* panel) {
        B b{};
        for (std::size_t i = 0; i < N * K; ++i) b[i] = panel[i];
        return b;
    }
    static C zero() { return C{}; }
    static C add(C a, const C& b) {
        for (std::size_t i = 0; i < a.size(); ++i) a[i] = wrap_add(a[i], b[i]);
        return a;
    }
    static C start(const std::int32_t* columns, const std::int32_t* rows) {
        C c{};
        for (std::size_t i = 0; i < M; ++i) {
            for (std::size_t j = 0; j < N; ++j) c[i * N + j] = wrap_add(columns[j], rows[i]);
        }
        return c;
    }
    static C mma(C c, const A& a, const B& b) {
        for (std::size_t i = 0; i < M; ++i) {
            for (std::size_t j = 0; j < N; ++j) {
                for (std::size_t d = 0; d < K; ++d) {
                    c[i * N + j] = wrap_add(c[i * N + j], wrap_multiply(a[i * K + d], b[j * K + d]));
                }
            }
        }
        return c;
    }
    static void store(std::int32_t* to, std::size_t row_stride, const C& c) {
        for (std::size_t i = 0; i < M; ++i) {
            for (std::size_t j = 0; j < N; ++j) to[i * row_stride + j] = c[i * N + j];
        }
    }
    static std::int32_t row_sum(const X* x, std::size_t depth) {
        std::int32_t sum = 0;
        for (std::size_t d = 0; d < depth; ++d) sum = wrap_add(sum, x[d]);
        return sum;
    }
    static void widen_row(const X* x, std::size_t depth, std::int16_t* to) {
        for (std::size_t d = 0; d < depth; ++d) to[d] = x[d];
        for (std::size_t d = depth; d % K != 0; ++d) to[d] = 0;
    }
};

/// What vpmaddubsw would make of it: two products are added with int16 saturation before they reach the accumulator.
template <class X> struct SaturatingAtom : OddAtom<1, 4, 2, 2, 2, true, X> {
    using Base = OddAtom<1, 4, 2, 2, 2, true, X>;
    using typename Base::A;
    using typename Base::B;
    using typename Base::C;
    static C mma(C c, const A& a, const B& b) {
        for (std::size_t j = 0; j < 4; ++j) {
            const std::int32_t pair = a[0] * b[j * 2] + a[1] * b[j * 2 + 1];
            c[j] = wrap_add(c[j], pair < -32768 ? -32768 : pair > 32767 ? 32767 : pair);
        }
        return c;
    }
};

using Atom3x5x7 = OddAtom<3, 5, 7, 2, 3, true, std::int8_t>;
using Atom2x2x8 = OddAtom<2, 2, 8, 3, 1, true, std::uint8_t, 128>;
using Atom1x3x5 = OddAtom<1, 3, 5, 4, 2, false, std::int8_t, -7>;
using Atom4x3x2 = OddAtom<4, 3, 2, 1, 2, false, std::uint8_t>;

}  // namespace qtensor_test
