// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/tflite_single.hpp>

#include "support/catch.hpp"
#include "support/dialect_checks.hpp"
#include "support/fixed_point_oracle.hpp"

using namespace qtensor_test;
using qtensor::CodeRange;
using qtensor::TfLiteSingleRounding;

namespace {
using Words = std::array<std::int32_t, 2>;

int128 whole(std::int32_t acc, const Words& m) { return half_up_shift(int128{acc} * m[0], 31 - m[1]); }
}  // namespace

TEST_CASE("Single rounding is one product, ties up, for every mantissa and shift", "[numeric][tflite]") {
    DialectCases<TfLiteSingleRounding> cases;
    Random random(81);
    for (std::int32_t shift = -31; shift <= 30; ++shift) {
        for (const std::int32_t mantissa : {0, 1, 1 << 30, (1 << 30) + 1, 3 << 29, INT32_MAX - 1, INT32_MAX})
            add_accumulators(cases, {mantissa, shift}, random);
        for (int i = 0; i < 20; ++i)
            add_accumulators(cases, {static_cast<std::int32_t>(random.between(1 << 30, INT32_MAX)), shift}, random);
    }
    dialect_equals(cases, then_zero_point(whole), 400000);
    STATIC_REQUIRE(TfLiteSingleRounding::multiply(3, 1 << 30, -2) == 0);    // 0.375: double rounding gives 1
    STATIC_REQUIRE(TfLiteSingleRounding::multiply(-5, 1 << 30, -1) == -1);  // -1.25
    STATIC_REQUIRE(TfLiteSingleRounding::multiply(-6, 1 << 30, -1) == -1);  // -1.5: the tie goes up
    STATIC_REQUIRE(TfLiteSingleRounding::multiply(INT32_MIN, INT32_MAX, 30) == INT32_MIN);
    STATIC_REQUIRE(TfLiteSingleRounding::multiply(INT32_MAX, INT32_MAX, 30) == INT32_MAX);
}

TEST_CASE("The multiplier of single rounding stops at shift 30", "[numeric][tflite]") {
    STATIC_REQUIRE(TfLiteSingleRounding::derive(0x1p29f, 1.5f, 1.0f) == Words{3 << 29, 30});
    STATIC_REQUIRE(TfLiteSingleRounding::derive(0x1p30f, 1.0f, 1.0f) == Words{INT32_MAX, 30});
    STATIC_REQUIRE(TfLiteSingleRounding::derive(0x1p30f, 1.5f, 1.0f) == Words{INT32_MAX, 30});
    STATIC_REQUIRE(TfLiteSingleRounding::derive(0x1p-20f, 0x1p-13f, 1.0f) == Words{0, 0});
    Random random(82);
    Tally tally;
    for (int i = 0; i < 100000; ++i) {
        const auto [x, w, y] = layer_scales(random);
        const volatile double product = static_cast<double>(x) * static_cast<double>(w);
        const auto want = quantize_multiplier(product / static_cast<double>(y));
        const auto got = TfLiteSingleRounding::derive(x, w, y);
        tally.same(got[0], want[0], x, w, y);
        tally.same(got[1], want[1], x, w, y);
    }
    tally.require_all_equal(200000);
}

TEST_CASE("Single rounding takes every accumulator, the wide rule what TFLite allows", "[numeric][tflite]") {
    CHECK(TfLiteSingleRounding::largest_accumulator({INT32_MAX, 30}) == INT32_MAX);
    const CodeRange range{0, -32768, 32767};
    CHECK(TfLiteSingleRounding::apply(std::int64_t{1} << 40, Words{1 << 30, -30}, range) == 512);
    constexpr auto words = TfLiteSingleRounding::derive(0.0111111113802f, 1.0f, 1.0f);
    STATIC_REQUIRE(TfLiteSingleRounding::apply(585, words, CodeRange{-126, -128, 127}) == -119);
}

TEST_CASE("A multiplier beyond 2^30 is held at the largest", "[numeric][tflite]") {
    float large = 0x1.8p30f;
    CHECK(TfLiteSingleRounding::derive(large, 1.0f, 1.0f) == Words{INT32_MAX, 30});
    CHECK(TfLiteSingleRounding::derive(large / 2, 1.0f, 1.0f) == Words{3 << 29, 30});
}
