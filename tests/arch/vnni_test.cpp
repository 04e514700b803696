// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/vnni.hpp>

#include "support/atom_checks.hpp"
#include "support/catch.hpp"

#include <array>
#include <tuple>

using namespace qtensor_test;

namespace {

/// vpdpbusd on three columns, in plain C++.
struct ThreeColumns {
    struct Register {
        std::array<std::int32_t, 3> lanes;
    };
    static std::uint32_t byte(std::int32_t lane, int i) { return (static_cast<std::uint32_t>(lane) >> (8 * i)) & 0xff; }
    static Register load(const void* from) {
        Register value;
        std::memcpy(&value, from, 12);
        return value;
    }
    static Register broadcast(std::int32_t word) { return {{word, word, word}}; }
    static Register dot(Register c, Register unsigned_bytes, Register signed_bytes) {
        for (std::size_t lane = 0; lane < 3; ++lane) {
            std::int64_t sum = c.lanes[lane];
            for (int i = 0; i < 4; ++i)
                sum += std::int64_t{byte(unsigned_bytes.lanes[lane], i)} *
                       static_cast<std::int8_t>(byte(signed_bytes.lanes[lane], i));
            c.lanes[lane] = static_cast<std::int32_t>(modulo_2_to_32(sum));
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
    template <class X> static std::int32_t sum(const X* x, std::size_t depth) {
        std::int32_t total = 0;
        for (std::size_t i = 0; i < depth; ++i) total += x[i];
        return total;
    }
};

}  // namespace

TEMPLATE_TEST_CASE("The atom of byte dot products is exact on an instruction set of three columns", "[arch][vnni]",
                   (std::tuple<std::int8_t, std::int8_t>), (std::tuple<std::int8_t, std::uint8_t>),
                   (std::tuple<std::uint8_t, std::int8_t>), (std::tuple<std::uint8_t, std::uint8_t>)) {
    using X = std::tuple_element_t<0, TestType>;
    using W = std::tuple_element_t<1, TestType>;
    using Atom = qtensor::arch::VnniAtom<ThreeColumns, X, W, 2, 2>;
    STATIC_REQUIRE(Atom::n == 3);
    STATIC_REQUIRE(Atom::in_place);
    atom_multiplies_exactly<Atom, X, W>();
    atom_loads_from_any_depth<Atom>();
    row_sums_are_exact<Atom, X>();
}

TEST_CASE("The side of the instruction that the activations leave decides the weights' offset", "[arch][vnni]") {
    using qtensor::arch::VnniAtom;
    STATIC_REQUIRE(VnniAtom<ThreeColumns, std::int8_t, std::int8_t, 1, 1>::w_offset == 128);
    STATIC_REQUIRE(VnniAtom<ThreeColumns, std::int8_t, std::uint8_t, 1, 1>::w_offset == 0);
    STATIC_REQUIRE(VnniAtom<ThreeColumns, std::uint8_t, std::int8_t, 1, 1>::w_offset == 0);
    STATIC_REQUIRE(VnniAtom<ThreeColumns, std::uint8_t, std::uint8_t, 1, 1>::w_offset == -128);
}
