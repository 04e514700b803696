// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Atoms of weights that four bits hold: two of them share a byte of the panel and are taken apart in registers. A
/// product of few rows waits for its weights, of which these are half as many bytes; one of many takes each register
/// apart once for all rows of a tile.
///
/// Packed is w + Offset, 0 to 15. Of the k weights of an output the first half are the low halves of its bytes, the
/// second half the high ones.

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "maddubs.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

/// Weights from -Offset to 15 - Offset, beside activations of 8 bits: Atom<Arch, X, Nibbles<Offset>>.
template <std::int32_t Offset> struct Nibbles {};

namespace detail {
/// How often `Base` adds up pairs of products in int16 before they have to be widened; half of that for two at once.
template <class Base> inline constexpr std::size_t double_steps = 1;
template <class Base>
    requires(Base::spill_depth > 1)
inline constexpr std::size_t double_steps<Base> = Base::spill_depth / 2;
}  // namespace detail

/// Two instructions of `Base`, an atom of bytes on `Words`, which has low_nibbles(register) and high_nibbles(register).
template <class Words, class Base, std::int32_t Offset> struct NibbleAtom : Base {
    struct A {
        typename Base::A first, second;
    };
    struct B {
        typename Base::B first, second;
    };
    using C = typename Base::C;
    static constexpr std::size_t k = 2 * Base::k, codes_per_cell = 2, spill_depth = detail::double_steps<Base>;
    using packed = std::uint8_t;
    static constexpr std::int32_t w_offset = Offset;

    QTENSOR_FORCE_INLINE static A load_a(const typename Base::a_cell* const* rows, std::size_t at) {
        return {Base::load_a(rows, at), Base::load_a(rows, at + Base::k)};
    }
    QTENSOR_FORCE_INLINE static B load_b(const std::uint8_t* panel) {
        const typename Base::B bytes = Words::load(panel);
        return {Words::low_nibbles(bytes), Words::high_nibbles(bytes)};
    }
    QTENSOR_FORCE_INLINE static C mma(C c, const A& a, const B& b) {
        return Base::mma(Base::mma(c, a.first, b.first), a.second, b.second);
    }
    QTENSOR_FORCE_INLINE static C pairs(const A& a, const B& b) {
        return Base::add_pairs(Base::pairs(a.first, b.first), a.second, b.second);
    }
    QTENSOR_FORCE_INLINE static C add_pairs(C sums, const A& a, const B& b) {
        return Base::add_pairs(Base::add_pairs(sums, a.first, b.first), a.second, b.second);
    }
};

/// The same by pmaddubsw.
template <class Words, class X, std::int32_t Offset, std::size_t TileM, std::size_t TileN>
using MaddubsNibbles = NibbleAtom<
    Words,
    MaddubsAtom<Words, X, Offset, spill_depth(std::is_signed_v<X> ? -128 : 0, std::is_signed_v<X> ? 127 : 255, 0, 15),
                TileM, TileN>,
    Offset>;

}  // namespace qtensor::inline QTENSOR_ABI::arch
