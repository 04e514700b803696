// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/gemmlowp.hpp>

#include <qtensor/numeric/tflite_single.hpp>

#include "support/catch.hpp"
#include "support/dialect_checks.hpp"

using namespace qtensor_test;
using qtensor::CodeRange;
using qtensor::GemmlowpLegacy;
using qtensor::TfLiteSingleRounding;

namespace {
using Words = std::array<std::int32_t, 3>;

int128 whole(std::int32_t acc, const Words& m) { return half_up_shift((int128{acc} + m[0]) * m[1], m[2]); }
}  // namespace

TEST_CASE("gemmlowp's legacy stage adds, multiplies and shifts with ties up", "[numeric][gemmlowp]") {
    DialectCases<GemmlowpLegacy> cases;
    Random random(93);
    const auto add = [&](const Words& words) {
        DialectCases<GemmlowpLegacy> one;
        add_accumulators(one, words, random);
        for (const auto& c : one) {  // acc + offset fits int32
            const std::int64_t sum = std::int64_t{c.acc} + c.words[0];
            if (sum >= INT32_MIN && sum <= INT32_MAX) cases.push_back(c);
        }
    };
    for (std::int32_t shift = 0; shift <= 62; ++shift) {
        for (const std::int32_t multiplier : {0, 1, -1, 3401, INT32_MAX, INT32_MIN}) add({0, multiplier, shift});
        for (int i = 0; i < 20; ++i) {
            add({static_cast<std::int32_t>(random.int32_any_size()), static_cast<std::int32_t>(random.int32_any_size()),
                 shift});
        }
    }
    dialect_equals(cases, then_zero_point(whole), 250000);
    // The stage of gemmlowp's test data: offset 74980, multiplier 3401, shift 21.
    constexpr Words words{74980, 3401, 21};
    STATIC_REQUIRE(GemmlowpLegacy::apply(0, words, CodeRange{0, 0, 255}) == 122);
    STATIC_REQUIRE(GemmlowpLegacy::apply(-74980, words, CodeRange{0, 0, 255}) == 0);
    STATIC_REQUIRE(GemmlowpLegacy::apply(1, Words{0, 1, 1}, CodeRange{0, 0, 255}) == 1);
    STATIC_REQUIRE(GemmlowpLegacy::apply(-1, Words{0, 1, 1}, CodeRange{0, -9, 9}) == 0);
}

TEST_CASE("Derived words give what single rounding gives", "[numeric][gemmlowp]") {
    Random random(94);
    Tally tally;
    for (int i = 0; i < 200000; ++i) {
        const auto [x, w, y] = layer_scales(random);
        const std::int32_t acc = random.int32_any_size();
        const CodeRange range = code_ranges[static_cast<std::size_t>(i) % std::size(code_ranges)];
        tally.same(GemmlowpLegacy::apply(acc, GemmlowpLegacy::derive(x, w, y), range),
                   TfLiteSingleRounding::apply(acc, TfLiteSingleRounding::derive(x, w, y), range), acc, x, w, y);
    }
    tally.require_all_equal(200000);
}
