// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/tflite_neon.hpp>

#include "support/catch.hpp"
#include "support/dialect_checks.hpp"
#include "support/fixed_point_oracle.hpp"

using namespace qtensor_test;
using qtensor::CodeRange;
using qtensor::TfLiteDoubleRounding;
using qtensor::TfLiteNeon;

namespace {
using Words = std::array<std::int32_t, 2>;

int128 whole(std::int32_t acc, const Words& m) {
    const int128 scaled = int128{acc} << (m[1] > 0 ? m[1] : 0);
    return half_up_shift(rounded_high_product(static_cast<std::int64_t>(scaled), m[0]), m[1] < 0 ? -m[1] : 0);
}
}  // namespace

TEST_CASE("The NEON rule rounds the high product up on ties", "[numeric][tflite]") {
    DialectCases<TfLiteNeon> cases;
    Random random(83);
    for (std::int32_t shift = -31; shift <= 30; ++shift) {
        for (const std::int32_t mantissa : {0, 1, 1 << 30, (1 << 30) + 1, 3 << 29, INT32_MAX - 1, INT32_MAX})
            add_accumulators(cases, {mantissa, shift}, random);
        for (int i = 0; i < 20; ++i)
            add_accumulators(cases, {static_cast<std::int32_t>(random.between(1 << 30, INT32_MAX)), shift}, random);
    }
    dialect_equals(cases, then_zero_point(whole), 300000);
}

TEST_CASE("NEON and scalar double rounding differ on negative ties only", "[numeric][tflite]") {
    constexpr CodeRange range{0, -32768, 32767};
    constexpr Words quarter{1 << 30, -1};
    STATIC_REQUIRE(TfLiteNeon::apply(6, quarter, range) == 2);
    STATIC_REQUIRE(TfLiteDoubleRounding::apply(6, quarter, range) == 2);
    STATIC_REQUIRE(TfLiteNeon::apply(-6, quarter, range) == -1);
    STATIC_REQUIRE(TfLiteDoubleRounding::apply(-6, quarter, range) == -2);
    STATIC_REQUIRE(TfLiteNeon::derive(0.5f, 0.5f, 1.0f) == quarter);
    Random random(84);
    int different = 0;
    for (int i = 0; i < 200000; ++i) {
        const Words m{static_cast<std::int32_t>(random.between(1 << 30, INT32_MAX)),
                      static_cast<std::int32_t>(random.between(-12, 0))};
        const auto acc = static_cast<std::int32_t>(random.between(-40000, 40000));
        const std::int32_t neon = TfLiteNeon::multiply(acc, m[0], m[1]);
        const std::int32_t scalar = TfLiteDoubleRounding::multiply(acc, m[0], m[1]);
        if (neon == scalar) continue;
        ++different;
        const std::int64_t high = rounded_high_product(acc, m[0]);
        REQUIRE(high < 0);
        REQUIRE(neon == scalar + 1);
        REQUIRE(high % (std::int64_t{1} << -m[1]) == -(std::int64_t{1} << (-m[1] - 1)));  // a tie
    }
    CHECK(different > 100);
}
