// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/avx2.hpp>

#include "support/atom_checks.hpp"
#include "support/catch.hpp"

#include <tuple>

#if defined(__AVX2__) && defined(__FMA__) && !defined(QTENSOR_NO_SIMD)

using namespace qtensor_test;
using qtensor::arch::avx2;

TEMPLATE_TEST_CASE("The AVX2 atom is exact for 8-bit and 16-bit operands of every value", "[arch][avx2]",
                   (std::tuple<std::int8_t, std::int8_t>), (std::tuple<std::int8_t, std::uint8_t>),
                   (std::tuple<std::uint8_t, std::int8_t>), (std::tuple<std::uint8_t, std::uint8_t>),
                   (std::tuple<std::int8_t, std::int16_t>), (std::tuple<std::uint8_t, std::int16_t>),
                   (std::tuple<std::int16_t, std::int8_t>), (std::tuple<std::int16_t, std::uint8_t>),
                   (std::tuple<std::int16_t, std::int16_t>)) {
    integer_atom_is_exact<avx2, std::tuple_element_t<0, TestType>, std::tuple_element_t<1, TestType>>();
}

TEST_CASE("The AVX2 float atom multiplies and adds", "[arch][avx2]") {
    float_atom_multiplies_and_adds<qtensor::arch::Atom<avx2, float, float>>();
}

TEST_CASE("The AVX2 atoms have a tile that fits 16 registers", "[arch][avx2]") {
    using Atom = qtensor::arch::Atom<avx2, std::int8_t, std::int8_t>;
    STATIC_REQUIRE(qtensor::arch::tile_rows<Atom> == 6);
    STATIC_REQUIRE(qtensor::arch::panel_columns<Atom> == 16);
    STATIC_REQUIRE(Atom::tile_m * Atom::tile_n + Atom::tile_n + 1 <= 16);
    STATIC_REQUIRE_FALSE(qtensor::arch::HasAtom<avx2, std::uint16_t, std::int8_t>);
    STATIC_REQUIRE(takes_nibbles<avx2>);
    STATIC_REQUIRE(takes_narrow_weights<avx2>);
}

#else

TEST_CASE("Without AVX2 code there is no atom for it", "[arch][avx2]") {
    STATIC_REQUIRE_FALSE(qtensor::arch::HasAtom<qtensor::arch::avx2, std::int8_t, std::int8_t>);
}

#endif
