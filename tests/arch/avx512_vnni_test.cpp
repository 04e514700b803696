// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/avx512_vnni.hpp>

#include "support/atom_checks.hpp"
#include "support/catch.hpp"

#include <tuple>

#if defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__) && !defined(QTENSOR_NO_SIMD)

using namespace qtensor_test;
using qtensor::arch::avx512_vnni;

TEMPLATE_TEST_CASE("The VNNI atom multiplies 8-bit operands exactly, whatever their signs and values", "[arch][avx512]",
                   (std::tuple<std::int8_t, std::int8_t>), (std::tuple<std::int8_t, std::uint8_t>),
                   (std::tuple<std::uint8_t, std::int8_t>), (std::tuple<std::uint8_t, std::uint8_t>)) {
    using X = std::tuple_element_t<0, TestType>;
    using W = std::tuple_element_t<1, TestType>;
    atom_multiplies_exactly<avx512_vnni, X, W>();
    atom_loads_from_any_depth<avx512_vnni, X, W>();
}

TEMPLATE_TEST_CASE("The VNNI atom sums rows of every length", "[arch][avx512]", std::int8_t, std::uint8_t) {
    row_sums_are_exact<avx512_vnni, TestType>();
}

TEST_CASE("The VNNI float atom multiplies and adds with one rounding", "[arch][avx512]") {
    float_atom_multiplies_and_adds<avx512_vnni>();
}

TEST_CASE("The VNNI atoms have a tile that fits thirty-two registers", "[arch][avx512]") {
    using Atom = qtensor::arch::Atom<avx512_vnni, std::int8_t, std::int8_t>;
    STATIC_REQUIRE(qtensor::arch::tile_rows<Atom> == 6);
    STATIC_REQUIRE(qtensor::arch::panel_columns<Atom> == 64);
    STATIC_REQUIRE(Atom::tile_m * Atom::tile_n + Atom::tile_n + 1 <= 32);
    STATIC_REQUIRE_FALSE(qtensor::arch::HasAtom<avx512_vnni, std::int16_t, std::int8_t>);
}

#else

TEST_CASE("Without AVX-512 VNNI code there is no atom for it", "[arch][avx512]") {
    STATIC_REQUIRE_FALSE(qtensor::arch::HasAtom<qtensor::arch::avx512_vnni, std::int8_t, std::int8_t>);
}

#endif
