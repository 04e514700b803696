// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/avx2.hpp>

#include "support/atom_checks.hpp"
#include "support/catch.hpp"

#include <tuple>

#if defined(__AVX2__) && !defined(QTENSOR_NO_SIMD)

using namespace qtensor_test;
using qtensor::arch::avx2;

TEMPLATE_TEST_CASE("The AVX2 atom multiplies 8-bit operands exactly, whatever their signs and values", "[arch][avx2]",
                   (std::tuple<std::int8_t, std::int8_t>), (std::tuple<std::int8_t, std::uint8_t>),
                   (std::tuple<std::uint8_t, std::int8_t>), (std::tuple<std::uint8_t, std::uint8_t>)) {
    using X = std::tuple_element_t<0, TestType>;
    using W = std::tuple_element_t<1, TestType>;
    atom_multiplies_exactly<avx2, X, W>();
    atom_loads_from_any_depth<avx2, X, W>();
}

TEMPLATE_TEST_CASE("The AVX2 atom sums and widens rows of every length", "[arch][avx2]", std::int8_t, std::uint8_t) {
    row_sums_are_exact<avx2, TestType>();
    rows_are_widened_exactly<avx2, TestType>();
}

#if defined(__FMA__)
TEST_CASE("The AVX2 float atom multiplies and adds with one rounding", "[arch][avx2]") {
    float_atom_multiplies_and_adds<avx2>();
}
#endif

TEST_CASE("The AVX2 atoms have a tile that fits sixteen registers", "[arch][avx2]") {
    using Atom = qtensor::arch::Atom<avx2, std::int8_t, std::int8_t>;
    STATIC_REQUIRE(qtensor::arch::tile_rows<Atom> == 6);
    STATIC_REQUIRE(qtensor::arch::panel_columns<Atom> == 16);
    STATIC_REQUIRE(Atom::tile_m * Atom::tile_n + Atom::tile_n + 1 <= 16);
    STATIC_REQUIRE_FALSE(qtensor::arch::HasAtom<avx2, std::int16_t, std::int8_t>);
}

#else

TEST_CASE("Without AVX2 code there is no AVX2 atom", "[arch][avx2]") {
    STATIC_REQUIRE_FALSE(qtensor::arch::HasAtom<qtensor::arch::avx2, std::int8_t, std::int8_t>);
}

#endif
