// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/sse41.hpp>

#include "support/atom_checks.hpp"
#include "support/catch.hpp"

#include <tuple>

#if defined(__SSE4_1__) && !defined(QTENSOR_NO_SIMD)

using namespace qtensor_test;
using qtensor::arch::sse41;

TEMPLATE_TEST_CASE("The SSE4.1 atom is exact for 8-bit and 16-bit operands of every value", "[arch][sse41]",
                   (std::tuple<std::int8_t, std::int8_t>), (std::tuple<std::int8_t, std::uint8_t>),
                   (std::tuple<std::uint8_t, std::int8_t>), (std::tuple<std::uint8_t, std::uint8_t>),
                   (std::tuple<std::int8_t, std::int16_t>), (std::tuple<std::uint8_t, std::int16_t>),
                   (std::tuple<std::int16_t, std::int8_t>), (std::tuple<std::int16_t, std::uint8_t>),
                   (std::tuple<std::int16_t, std::int16_t>)) {
    integer_atom_is_exact<sse41, std::tuple_element_t<0, TestType>, std::tuple_element_t<1, TestType>>();
}

#if defined(__FMA__)
constexpr int roundings = 1;
#else
constexpr int roundings = 2;
#endif

TEST_CASE("The SSE4.1 float atom multiplies and adds", "[arch][sse41]") {
    float_atom_multiplies_and_adds<qtensor::arch::Atom<sse41, float, float>, roundings>();
}

TEST_CASE("The SSE4.1 atoms have a tile that fits 16 registers", "[arch][sse41]") {
    using Atom = qtensor::arch::Atom<sse41, std::int8_t, std::int8_t>;
    STATIC_REQUIRE(qtensor::arch::tile_rows<Atom> == 6);
    STATIC_REQUIRE(qtensor::arch::panel_columns<Atom> == 8);
    STATIC_REQUIRE(Atom::tile_m * Atom::tile_n + Atom::tile_n + 1 <= 16);
    STATIC_REQUIRE_FALSE(qtensor::arch::HasAtom<sse41, std::uint16_t, std::int8_t>);
    STATIC_REQUIRE(takes_nibbles<sse41>);
    STATIC_REQUIRE(takes_narrow_weights<sse41>);
}

#else

TEST_CASE("Without SSE4.1 code there is no atom for it", "[arch][sse41]") {
    STATIC_REQUIRE_FALSE(qtensor::arch::HasAtom<qtensor::arch::sse41, std::int8_t, std::int8_t>);
}

#endif
