// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/madd.hpp>

#include "support/atom_checks.hpp"
#include "support/catch.hpp"

#include <array>
#include <tuple>

using namespace qtensor_test;

namespace {

/// An instruction set that no machine has: three columns, in plain C++.
struct ThreeColumns {
    struct Register {
        std::array<std::int32_t, 3> lanes;
    };
    static constexpr bool widens_panels = false;
    static std::int16_t low(std::int32_t lane) { return static_cast<std::int16_t>(lane); }
    static std::int16_t high(std::int32_t lane) { return static_cast<std::int16_t>(lane >> 16); }
    static std::int32_t pair(std::int32_t low, std::int32_t high) {
        return static_cast<std::int32_t>((static_cast<std::uint32_t>(high) << 16) |
                                         (static_cast<std::uint32_t>(low) & 0xffffu));
    }
    static Register load(const std::int32_t* from) { return {{from[0], from[1], from[2]}}; }
    template <class T> static Register load_widened(const T* from) {
        return {{pair(from[0], from[1]), pair(from[2], from[3]), pair(from[4], from[5])}};
    }
    static Register broadcast(std::int32_t pair) { return {{pair, pair, pair}}; }
    static Register madd(Register c, Register a, Register b) {
        for (std::size_t i = 0; i < 3; ++i) {
            const std::int64_t sum = std::int64_t{c.lanes[i]} + std::int64_t{low(a.lanes[i])} * low(b.lanes[i]) +
                                     std::int64_t{high(a.lanes[i])} * high(b.lanes[i]);
            c.lanes[i] = static_cast<std::int32_t>(modulo_2_to_32(sum));
        }
        return c;
    }
    static Register zero() { return {}; }
    static Register add(Register a, Register b) {
        for (std::size_t i = 0; i < 3; ++i)
            a.lanes[i] = static_cast<std::int32_t>(modulo_2_to_32(std::int64_t{a.lanes[i]} + b.lanes[i]));
        return a;
    }
    static void store(std::int32_t* to, Register value) { std::copy(value.lanes.begin(), value.lanes.end(), to); }
    static void store(std::int16_t* to, Register value) {
        for (std::size_t i = 0; i < 3; ++i) {
            to[2 * i] = low(value.lanes[i]);
            to[2 * i + 1] = high(value.lanes[i]);
        }
    }
};

/// The same where widening is dear.
struct DearlyWidened : ThreeColumns {
    static constexpr bool widens_panels = true;
};

template <class Atom>
concept WidensPanels =
    requires(const typename Atom::packed* panel, std::int16_t* to) { Atom::widen_panel(panel, 6, to); };

}  // namespace

TEMPLATE_TEST_CASE("The atom of int16 pairs is exact on an instruction set of three columns", "[arch][madd]",
                   (std::tuple<std::int8_t, std::int8_t>), (std::tuple<std::uint8_t, std::uint8_t>),
                   (std::tuple<std::int8_t, std::int16_t>), (std::tuple<std::int16_t, std::uint8_t>),
                   (std::tuple<std::int16_t, std::int16_t>)) {
    using X = std::tuple_element_t<0, TestType>;
    using W = std::tuple_element_t<1, TestType>;
    using Atom = qtensor::arch::MaddAtom<ThreeColumns, X, W, 2, 2>;
    STATIC_REQUIRE(Atom::n == 3);
    atom_multiplies_exactly<Atom, X, W>();
    atom_loads_from_any_depth<Atom>();
    row_sums_are_exact<Atom, X>();
    if constexpr (!Atom::in_place) rows_are_widened_exactly<Atom, X>();
}

TEST_CASE("16-bit activations are read in place, 8-bit ones are widened, and no weight has an offset", "[arch][madd]") {
    using qtensor::arch::MaddAtom;
    STATIC_REQUIRE(MaddAtom<ThreeColumns, std::int16_t, std::int8_t, 1, 1>::in_place);
    STATIC_REQUIRE_FALSE(MaddAtom<ThreeColumns, std::int8_t, std::int16_t, 1, 1>::in_place);
    STATIC_REQUIRE(MaddAtom<ThreeColumns, std::uint8_t, std::uint8_t, 1, 1>::w_offset == 0);
}

TEST_CASE("Panels of bytes are widened where that is dear and rows are too", "[arch][madd]") {
    using qtensor::arch::MaddAtom;
    using Atom = MaddAtom<DearlyWidened, std::int8_t, std::uint8_t, 1, 1>;
    const std::uint8_t panel[] = {0, 255, 128, 1, 127, 2, 3, 4, 5, 6, 7, 200};
    std::int16_t widened[13] = {};
    widened[12] = 99;
    Atom::widen_panel(panel, 12, widened);
    for (std::size_t i = 0; i < 12; ++i) CHECK(widened[i] == panel[i]);
    CHECK(widened[12] == 99);
    STATIC_REQUIRE(std::same_as<Atom::Widened::packed, std::int16_t>);
    STATIC_REQUIRE(Atom::Widened::tile_m == Atom::tile_m);
    STATIC_REQUIRE(WidensPanels<Atom>);
    STATIC_REQUIRE_FALSE(WidensPanels<MaddAtom<ThreeColumns, std::int8_t, std::int8_t, 1, 1>>);
    STATIC_REQUIRE_FALSE(WidensPanels<MaddAtom<DearlyWidened, std::int16_t, std::int8_t, 1, 1>>);
    STATIC_REQUIRE_FALSE(WidensPanels<Atom::Widened>);
}

TEST_CASE("int16 holds three of the arithmetic types", "[arch][madd]") {
    using qtensor::arch::FitsInt16;
    STATIC_REQUIRE(FitsInt16<std::int8_t>);
    STATIC_REQUIRE(FitsInt16<std::uint8_t>);
    STATIC_REQUIRE(FitsInt16<std::int16_t>);
    STATIC_REQUIRE_FALSE(FitsInt16<std::uint16_t>);
    STATIC_REQUIRE_FALSE(FitsInt16<std::int32_t>);
    STATIC_REQUIRE_FALSE(FitsInt16<float>);
}
