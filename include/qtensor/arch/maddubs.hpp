// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The atom of narrow operands. pmaddubsw multiplies unsigned by signed bytes and adds neighbouring products in int16,
/// with saturation: twice the work of pmaddwd, and exact only while two products fit. How many such pairs fit an int16
/// one on top of the other is the `spill_depth` of the operands' ranges; so often they are added there before they are
/// widened ("spilled") to int32. Full-range bytes have depth 0: they go through pmaddwd (madd.hpp).
///
/// `Words` is the instruction set of madd.hpp, and has maddubs(unsigned, signed) and add_words(a, b) on int16, and
/// even_words(a): the lower half of each int32, zero-extended.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "madd.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

/// How many pairs of products of x and w an int16 holds, whatever their values: the number that every kernel of narrow
/// operands is parameterised by. The instruction sees x as it is and, where x is signed, w - w_lowest. 0: not even one.
constexpr std::size_t spill_depth(std::int64_t x_lowest, std::int64_t x_highest, std::int64_t w_lowest,
                                  std::int64_t w_highest) {
    const bool x_signed = x_lowest < 0;
    const std::int64_t most = x_signed ? w_highest - w_lowest : x_highest;  // of the unsigned side
    const std::int64_t lowest = x_signed ? x_lowest : w_lowest;             // of the signed side
    const std::int64_t highest = x_signed ? x_highest : w_highest;
    if (most > 255 || lowest < -128 || highest > 127) return 0;
    constexpr std::int64_t enough = 8;  // from then on spilling costs little
    const std::int64_t below = lowest < 0 && most > 0 ? 32768 / (2 * most * -lowest) : enough;
    const std::int64_t above = highest > 0 && most > 0 ? 32767 / (2 * most * highest) : enough;
    const std::int64_t depth = below < above ? below : above;
    return static_cast<std::size_t>(depth < enough ? depth : enough);
}

/// Weights of at most 8 bits that are packed as w + Offset and have this spill depth with the activations beside them:
/// Atom<Arch, X, Narrow<Offset, Depth>>.
template <std::int32_t Offset, std::size_t Depth> struct Narrow {};

/// 8-bit activations X and Narrow weights on `Words`, repeated TileM x TileN times in a tile.
template <class Words, FitsInt16 X, std::int32_t Offset, std::size_t Depth, std::size_t TileM, std::size_t TileN>
struct MaddubsAtom {
    using A = typename Words::Register;
    using B = typename Words::Register;
    using C = typename Words::Register;
    using words = Words;
    static constexpr std::size_t m = 1, n = sizeof(C) / 4, k = 4, tile_m = TileM, tile_n = TileN, spill_depth = Depth;
    static constexpr bool in_place = true;
    using accumulator = std::int32_t;
    using a_cell = X;
    using packed = std::conditional_t<std::is_signed_v<X>, std::uint8_t, std::int8_t>;
    static constexpr std::int32_t w_offset = Offset;

    QTENSOR_FORCE_INLINE static A load_a(const X* const* rows, std::size_t at) {
        std::int32_t word;
        std::memcpy(&word, rows[0] + at, 4);
        return Words::broadcast(word);
    }
    QTENSOR_FORCE_INLINE static B load_b(const packed* panel) { return Words::load(panel); }
    QTENSOR_FORCE_INLINE static C zero() { return Words::zero(); }
    QTENSOR_FORCE_INLINE static C add(C a, C b) { return Words::add(a, b); }
    QTENSOR_FORCE_INLINE static C start(const std::int32_t* columns, const std::int32_t* rows) {
        return add(Words::load(columns), Words::broadcast(rows[0]));
    }
    /// Two int16 sums of two products each, in every int32.
    QTENSOR_FORCE_INLINE static C pairs(A a, B b) {
        if constexpr (std::is_signed_v<X>) {
            return Words::maddubs(b, a);
        } else {
            return Words::maddubs(a, b);
        }
    }
    QTENSOR_FORCE_INLINE static C add_pairs(C sums, A a, B b) {
        sums = Words::add_words(sums, pairs(a, b));
        asm("" : "+v"(sums));  // g++ 12 would compute all products of a tile first and add them in another order
        return sums;
    }
    /// c + the pairs' sums.
    QTENSOR_FORCE_INLINE static C spill(C c, C sums) { return Words::madd(c, sums, Words::broadcast(0x00010001)); }
    QTENSOR_FORCE_INLINE static C mma(C c, A a, B b) { return spill(c, pairs(a, b)); }
    QTENSOR_FORCE_INLINE static void store(std::int32_t* to, std::size_t, C c) { Words::store(to, c); }
    QTENSOR_FORCE_INLINE static C load(const std::int32_t* from) { return Words::load(from); }
    QTENSOR_FORCE_INLINE static std::int32_t row_sum(const X* x, std::size_t depth) {
        return MaddAtom<Words, X, X, 1, 1>::row_sum(x, depth);
    }
};

/// `Base`, an atom of pmaddubsw, with accumulators of int16: pairs of products are added up modulo 2^16, two sums per
/// output side by side in an int32, and not spilled at all. Two instructions where int32 takes three. Exact wherever
/// the final sum fits an int16, which is what its product proves (gemm/bound_sums.hpp): sums on the way may wrap, so
/// additions wrap and never saturate. Only a pair must not, and Base has a spill_depth of at least one. Panels are
/// those of Base.
template <class Base> struct Int16Sums : Base {
    using C = typename Base::C;
    using Words = typename Base::words;
    static constexpr std::size_t spill_depth = 0;  // sums stay where they are

    QTENSOR_FORCE_INLINE static C add(C a, C b) { return Words::add_words(a, b); }
    QTENSOR_FORCE_INLINE static C start(const std::int32_t* columns, const std::int32_t* rows) {
        return Words::even_words(Base::start(columns, rows));
    }
    QTENSOR_FORCE_INLINE static C mma(C c, const typename Base::A& a, const typename Base::B& b) {
        return Base::add_pairs(c, a, b);
    }
    /// Both halves of each int32 as one sum: modulo 2^16, then sign-extended.
    QTENSOR_FORCE_INLINE static C widen_sums(C c) {
        const C sums = Words::madd(Words::zero(), c, Words::broadcast(0x00010001));
        return Words::madd(Words::zero(), sums, Words::broadcast(0x00000001));
    }
};

/// Has such accumulators.
template <class A>
concept HasInt16Sums = requires { typename A::words; };

}  // namespace qtensor::inline QTENSOR_ABI::arch
