// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/avx512bw.hpp>

#include "support/atom_checks.hpp"
#include "support/catch.hpp"

#include <tuple>

#if defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && !defined(QTENSOR_NO_SIMD)

using namespace qtensor_test;
using qtensor::arch::avx512bw;

TEMPLATE_TEST_CASE("The AVX-512 atom is exact for 8-bit and 16-bit operands of every value", "[arch][avx512]",
                   (std::tuple<std::int8_t, std::int8_t>), (std::tuple<std::int8_t, std::uint8_t>),
                   (std::tuple<std::uint8_t, std::int8_t>), (std::tuple<std::uint8_t, std::uint8_t>),
                   (std::tuple<std::int8_t, std::int16_t>), (std::tuple<std::uint8_t, std::int16_t>),
                   (std::tuple<std::int16_t, std::int8_t>), (std::tuple<std::int16_t, std::uint8_t>),
                   (std::tuple<std::int16_t, std::int16_t>)) {
    integer_atom_is_exact<avx512bw, std::tuple_element_t<0, TestType>, std::tuple_element_t<1, TestType>>();
}

TEST_CASE("The AVX-512 float atom multiplies and adds", "[arch][avx512]") {
    float_atom_multiplies_and_adds<qtensor::arch::Atom<avx512bw, float, float>>();
}

TEST_CASE("The AVX-512 atoms have a tile that fits 32 registers", "[arch][avx512]") {
    using Atom = qtensor::arch::Atom<avx512bw, std::int8_t, std::int8_t>;
    STATIC_REQUIRE(qtensor::arch::tile_rows<Atom> == 6);
    STATIC_REQUIRE(qtensor::arch::panel_columns<Atom> == 64);
    STATIC_REQUIRE(Atom::tile_m * Atom::tile_n + Atom::tile_n + 1 <= 32);
    STATIC_REQUIRE_FALSE(qtensor::arch::HasAtom<avx512bw, std::uint16_t, std::int8_t>);
    STATIC_REQUIRE(takes_nibbles<avx512bw>);
    STATIC_REQUIRE(takes_narrow_weights<avx512bw>);
}

#else

TEST_CASE("Without AVX-512 code there is no atom for it", "[arch][avx512]") {
    STATIC_REQUIRE_FALSE(qtensor::arch::HasAtom<qtensor::arch::avx512bw, std::int8_t, std::int8_t>);
}

#endif
