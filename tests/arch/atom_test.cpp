// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/atom.hpp>

#include "support/catch.hpp"

#include <array>

namespace {

/// An instruction that no machine has: three rows by five columns by seven deep.
struct OddAtom {
    static constexpr std::size_t m = 3, n = 5, k = 7, tile_m = 2, tile_n = 4;
    using accumulator = std::int32_t;
    using a_cell = std::int8_t;
    using packed = std::int8_t;
    using A = std::array<std::int32_t, m * k>;
    using B = std::array<std::int32_t, n * k>;
    using C = std::array<std::int32_t, m * n>;
    static A load_a(const std::int8_t* const*, std::size_t) { return {}; }
    static B load_b(const std::int8_t*) { return {}; }
    static C mma(C c, A, B) { return c; }
    static void store(std::int32_t*, std::size_t, C) {}
};

/// The same, twice as deep, with two weights to a cell.
struct TwoToACell : OddAtom {
    static constexpr std::size_t codes_per_cell = 2, k = 14;
};
struct WithoutMma {
    using accumulator = std::int32_t;
    using a_cell = std::int8_t;
    using packed = std::int8_t;
    using A = int;
    using B = int;
    using C = int;
    static A load_a(const std::int8_t* const*, std::size_t) { return {}; }
    static B load_b(const std::int8_t*) { return {}; }
    static void store(std::int32_t*, std::size_t, C) {}
};

struct WithoutStore {
    using accumulator = std::int32_t;
    using a_cell = std::int8_t;
    using packed = std::int8_t;
    using A = int;
    using B = int;
    using C = int;
    static A load_a(const std::int8_t* const*, std::size_t) { return {}; }
    static B load_b(const std::int8_t*) { return {}; }
    static C mma(C c, A, B) { return c; }
};

struct OddArch {};

}  // namespace

template <> struct qtensor::arch::Atom<OddArch, std::int8_t, std::int8_t> : OddAtom {};

TEST_CASE("An atom is a type with loads, a product and a store", "[arch][atom]") {
    using namespace qtensor::arch;
    STATIC_REQUIRE(DotProductAtom<OddAtom>);
    STATIC_REQUIRE_FALSE(DotProductAtom<WithoutMma>);
    STATIC_REQUIRE_FALSE(DotProductAtom<WithoutStore>);
    STATIC_REQUIRE_FALSE(DotProductAtom<int>);
}

TEST_CASE("An architecture has an atom for the operands it was given one for", "[arch][atom]") {
    using namespace qtensor::arch;
    STATIC_REQUIRE(HasAtom<OddArch, std::int8_t, std::int8_t>);
    STATIC_REQUIRE_FALSE(HasAtom<OddArch, std::int8_t, std::uint8_t>);
    STATIC_REQUIRE_FALSE(HasAtom<OddArch, float, float>);
    STATIC_REQUIRE_FALSE(HasAtom<scalar, std::int8_t, std::int8_t>);
}

TEST_CASE("A tile is the atom as often as it says", "[arch][atom]") {
    using namespace qtensor::arch;
    STATIC_REQUIRE(tile_rows<OddAtom> == 6);
    STATIC_REQUIRE(panel_columns<OddAtom> == 20);
}

TEST_CASE("A cell of a panel holds one weight unless the atom says more", "[arch][atom]") {
    using namespace qtensor::arch;
    STATIC_REQUIRE(codes_per_cell<OddAtom> == 1);
    STATIC_REQUIRE(packed_cells<OddAtom> == 35);
    STATIC_REQUIRE(codes_per_cell<TwoToACell> == 2);
    STATIC_REQUIRE(packed_cells<TwoToACell> == 35);
}
