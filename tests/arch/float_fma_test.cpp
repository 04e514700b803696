// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/float_fma.hpp>

#include "support/atom_checks.hpp"
#include "support/catch.hpp"

#include <array>
#include <cmath>

namespace {

/// Three columns of floats, in plain C++.
struct ThreeColumns {
    struct Register {
        std::array<float, 3> lanes;
    };
    static Register load(const float* from) { return {{from[0], from[1], from[2]}}; }
    static Register broadcast(const float* from) { return {{*from, *from, *from}}; }
    static Register fma(Register a, Register b, Register c) {
        for (std::size_t i = 0; i < 3; ++i) c.lanes[i] = std::fma(a.lanes[i], b.lanes[i], c.lanes[i]);
        return c;
    }
    static Register zero() { return {}; }
    static Register add(Register a, Register b) {
        for (std::size_t i = 0; i < 3; ++i) a.lanes[i] += b.lanes[i];
        return a;
    }
    static void store(float* to, Register value) { std::copy(value.lanes.begin(), value.lanes.end(), to); }
};

}  // namespace

TEST_CASE("The float atom adds the product of an activation and each column's weight", "[arch][float]") {
    using Atom = qtensor::arch::FloatAtom<ThreeColumns, 2, 2>;
    STATIC_REQUIRE(Atom::n == 3);
    STATIC_REQUIRE(Atom::k == 1);
    STATIC_REQUIRE(Atom::in_place);
    qtensor_test::float_atom_multiplies_and_adds<Atom>();
}
