// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/arch.hpp>
#include <qtensor/laws/check_atom.hpp>

#include <string>

#include "support/arches.hpp"
#include "support/odd_atoms.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Atom1x3x5;
using qtensor_test::Atom2x2x8;
using qtensor_test::Atom3x5x7;
using qtensor_test::Atom4x3x2;

template <class A, class X = std::int8_t, class W = std::int8_t> std::string broken() {
    const Verdict verdict = check_atom<A, X, W>();
    return verdict ? "" : verdict.broken;
}

constexpr const char* product = "the loops over an atom give the product, bit for bit (depth)";

struct ForgetsSums : Atom3x5x7 {  // starts anew at every step of depth
    static C mma(const C&, const A& a, const B& b) { return Atom3x5x7::mma(zero(), a, b); }
};
struct DropsLast : Atom3x5x7 {  // reads one k less
    static A load_a(const a_cell* const* rows, std::size_t at) { return Atom3x5x7::load_a(rows, at, 6); }
};
struct IgnoresPlace : Atom3x5x7 {
    static A load_a(const a_cell* const* rows, std::size_t) { return Atom3x5x7::load_a(rows, 0); }
};
struct OtherOffset : Atom2x2x8 {  // says 127 and packs so, but computes with 128
    static constexpr std::int32_t w_offset = 127;
    static C mma(C c, const A& a, B b) {
        for (auto& w : b) ++w;
        return Atom2x2x8::mma(c, a, b);
    }
};
struct MixesRows : Atom3x5x7 {
    static void store(std::int32_t* to, std::size_t row_stride, const C& c) {
        Atom3x5x7::store(to, row_stride, c);
        std::swap(to[0], to[row_stride]);
    }
};
struct ShortSum : Atom1x3x5 {
    static std::int32_t row_sum(const std::int8_t* x, std::size_t depth) {
        return Atom1x3x5::row_sum(x, depth > 64 ? 64 : depth);
    }
};
struct NoPadding : Atom1x3x5 {
    static void widen_row(const std::int8_t* x, std::size_t depth, std::int16_t* to) {
        for (std::size_t d = 0; d < depth; ++d) to[d] = x[d];
    }
};
struct PadsBeyond : Atom1x3x5 {
    static void widen_row(const std::int8_t* x, std::size_t depth, std::int16_t* to) {
        Atom1x3x5::widen_row(x, depth, to);
        to[round_up(depth, k)] = 0;
    }
};
struct AddsWrong : qtensor_test::OddAtom<1, 4, 2, 1, 1, true, std::int8_t> {  // one accumulator: the depth is split
    static C add(const C& a, const C&) { return a; }
};

}  // namespace

TEST_CASE("odd atoms keep the laws") {
    CHECK(check_atom<Atom3x5x7, std::int8_t, std::int8_t>());
    CHECK(check_atom<Atom2x2x8, std::uint8_t, std::int8_t>());
    CHECK(check_atom<Atom2x2x8, std::uint8_t, std::uint8_t>());
    CHECK(check_atom<Atom1x3x5, std::int8_t, std::int8_t>());
    CHECK(check_atom<Atom4x3x2, std::uint8_t, std::uint8_t>());
}

TEST_CASE("the atoms of every instruction set keep the laws") {
    qtensor_test::EveryArch::each([]<class Arch>() {
        if constexpr (arch::HasAtom<Arch, std::int8_t, std::int8_t>) {
            CHECK(check_atom<arch::Atom<Arch, std::int8_t, std::int8_t>, std::int8_t, std::int8_t>());
            CHECK(check_atom<arch::Atom<Arch, std::uint8_t, std::int8_t>, std::uint8_t, std::int8_t>());
            CHECK(check_atom<arch::Atom<Arch, std::int8_t, std::uint8_t>, std::int8_t, std::uint8_t>());
            CHECK(check_atom<arch::Atom<Arch, std::uint8_t, std::uint8_t>, std::uint8_t, std::uint8_t>());
            CHECK(check_atom<arch::Atom<Arch, float, float>, float, float>());
        }
    });
}

TEST_CASE("the laws of atoms find the atom that breaks them") {
    CHECK(broken<ForgetsSums>() == product);
    CHECK(broken<DropsLast>() == product);
    CHECK(broken<IgnoresPlace>() == product);
    CHECK(broken<OtherOffset, std::uint8_t>() == product);
    CHECK(broken<MixesRows>() == product);
    CHECK(broken<AddsWrong>() == product);
    CHECK(broken<qtensor_test::SaturatingAtom<std::int8_t>, std::int8_t, std::int8_t>() == product);
    CHECK(broken<ShortSum>() == "row_sum is the sum of a row (depth)");
    CHECK(broken<NoPadding>() == "widen_row copies a row and pads it with zeros to a multiple of k (depth)");
    CHECK(broken<PadsBeyond>() == "widen_row copies a row and pads it with zeros to a multiple of k (depth)");
}
