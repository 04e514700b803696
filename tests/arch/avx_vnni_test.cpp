// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/avx_vnni.hpp>

#include "support/atom_checks.hpp"
#include "support/catch.hpp"

#include <tuple>

#if defined(__AVXVNNI__) && defined(__AVX2__) && defined(__FMA__) && !defined(QTENSOR_NO_SIMD)

using namespace qtensor_test;
using qtensor::arch::avx_vnni;

TEMPLATE_TEST_CASE("The AVX-VNNI atom is exact for 8-bit and 16-bit operands of every value", "[arch][avx_vnni]",
                   (std::tuple<std::int8_t, std::int8_t>), (std::tuple<std::int8_t, std::uint8_t>),
                   (std::tuple<std::uint8_t, std::int8_t>), (std::tuple<std::uint8_t, std::uint8_t>),
                   (std::tuple<std::int8_t, std::int16_t>), (std::tuple<std::uint8_t, std::int16_t>),
                   (std::tuple<std::int16_t, std::int8_t>), (std::tuple<std::int16_t, std::uint8_t>),
                   (std::tuple<std::int16_t, std::int16_t>)) {
    integer_atom_is_exact<avx_vnni, std::tuple_element_t<0, TestType>, std::tuple_element_t<1, TestType>>();
}

TEST_CASE("The AVX-VNNI float atom multiplies and adds", "[arch][avx_vnni]") {
    float_atom_multiplies_and_adds<qtensor::arch::Atom<avx_vnni, float, float>>();
}

TEST_CASE("The AVX-VNNI atoms have a tile that fits 16 registers", "[arch][avx_vnni]") {
    using Atom = qtensor::arch::Atom<avx_vnni, std::int8_t, std::int8_t>;
    STATIC_REQUIRE(qtensor::arch::tile_rows<Atom> == 6);
    STATIC_REQUIRE(qtensor::arch::panel_columns<Atom> == 16);
    STATIC_REQUIRE(Atom::tile_m * Atom::tile_n + Atom::tile_n + 1 <= 16);
    STATIC_REQUIRE_FALSE(qtensor::arch::HasAtom<avx_vnni, std::uint16_t, std::int8_t>);
    STATIC_REQUIRE(takes_nibbles<avx_vnni>);
}

#else

TEST_CASE("Without AVX-VNNI code there is no atom for it", "[arch][avx_vnni]") {
    STATIC_REQUIRE_FALSE(qtensor::arch::HasAtom<qtensor::arch::avx_vnni, std::int8_t, std::int8_t>);
}

#endif
