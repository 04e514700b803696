// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/xnnpack_rndnu.hpp>

#include "support/catch.hpp"
#include "support/dialect_checks.hpp"
#include "support/refused.hpp"

using namespace qtensor_test;
using qtensor::CodeRange;
using qtensor::XnnpackFp32;
using qtensor::XnnpackRndnu;

namespace {
int128 whole(std::int32_t acc, const std::array<std::int32_t, 2>& m) { return half_up_shift(int128{acc} * m[0], m[1]); }
}  // namespace

TEST_CASE("rndnu is one integer product, ties up, for every shift", "[numeric][xnnpack]") {
    DialectCases<XnnpackRndnu> cases;
    Random random(86);
    for (std::int32_t shift = 16; shift <= 62; ++shift) {
        for (const std::int32_t mantissa : {1 << 23, (1 << 23) + 1, 3 << 22, (1 << 24) - 1})
            add_accumulators(cases, {mantissa, shift}, random);
        for (int i = 0; i < 20; ++i)
            add_accumulators(cases, {static_cast<std::int32_t>(random.between(1 << 23, (1 << 24) - 1)), shift}, random);
    }
    dialect_equals(cases, then_zero_point(whole), 250000);
}

TEST_CASE("rndnu takes the float multiplier apart without rounding it", "[numeric][xnnpack]") {
    STATIC_REQUIRE(XnnpackRndnu::derive(0.5f, 0.5f, 1.0f) == std::array<std::int32_t, 2>{1 << 23, 25});
    STATIC_REQUIRE(XnnpackRndnu::derive(1.0f, 1.5f, 1.0f) == std::array<std::int32_t, 2>{3 << 22, 23});
    Random random(87);
    Tally tally;
    for (int i = 0; i < 200000; ++i) {
        const auto [x, w, y] = layer_scales(random);
        const float product = static_cast<float>(static_cast<double>(x) * static_cast<double>(w));
        const float scale = static_cast<float>(static_cast<double>(product) / static_cast<double>(y));
        const auto [mantissa, shift] = XnnpackRndnu::derive(x, w, y);
        tally.same(mantissa >= 1 << 23 && mantissa < 1 << 24, 1, x, w, y);
        tally.same_bits(std::ldexp(static_cast<float>(mantissa), -shift), scale, x, w, y);
    }
    tally.require_all_equal(400000);
    // A multiplier so small that nothing is left of any accumulator, and the first one that is too large.
    constexpr CodeRange range{5, -128, 127};
    CHECK(XnnpackRndnu::apply(INT32_MIN, XnnpackRndnu::derive(0x1p-60f, 0x1p-60f, 1.0f), range) == 5);
    CHECK(XnnpackRndnu::apply(INT32_MAX, XnnpackRndnu::derive(0x1p-34f, 1.0f, 1.0f), range) == 5);
    CHECK(XnnpackRndnu::apply(INT32_MAX, XnnpackRndnu::derive(0x1p-32f, 1.0f, 1.0f), range) == 5);  // 1/2 - 2^-32
    CHECK(XnnpackRndnu::apply(1, XnnpackRndnu::derive(255.0f, 1.0f, 1.0f), CodeRange{0, 0, 255}) == 255);
    CHECK(says(refused([] { XnnpackRndnu::derive(256.0f, 1.0f, 1.0f); }), "below 256"));
}

TEST_CASE("rndnu and fp32 share a multiplier and differ on ties", "[numeric][xnnpack]") {
    constexpr CodeRange range{0, -128, 127};
    constexpr auto half = XnnpackRndnu::derive(0.5f, 1.0f, 1.0f);
    STATIC_REQUIRE(XnnpackRndnu::apply(5, half, range) == 3);
    STATIC_REQUIRE(XnnpackRndnu::apply(-5, half, range) == -2);
    STATIC_REQUIRE(XnnpackFp32::apply(5, XnnpackFp32::derive(0.5f, 1.0f, 1.0f), range) == 2);
}
