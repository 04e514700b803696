// SPDX-License-Identifier: BSL-1.0
// Runs long enough for the estimate of TFLite's rules, and the groups that it leaves in doubt.
#include <qtensor/numeric/tflite_single.hpp>
#include <qtensor/scale.hpp>
#include <qtensor/tensor/requantize.hpp>

#include "support/catch.hpp"
#include "support/fixed_point_oracle.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

#include <algorithm>
#include <vector>

using namespace qtensor;
using namespace qtensor_test;

namespace {

constexpr std::size_t group = 64;  // accumulators that the widest registers take together

std::int64_t twice(std::int64_t x, std::int32_t mantissa, int shift) {
    return multiply_twice_rounded(x, mantissa, shift);
}
/// floor((x * m + 2^(30 - s)) / 2^(31 - s))
std::int64_t once(std::int64_t x, std::int32_t mantissa, int shift) {
    return static_cast<std::int64_t>(
        floor_divide(int128{x} * mantissa + (int128{1} << (30 - shift)), int128{1} << (31 - shift)));
}

/// Accumulators next to ties, each in a run of its own whose other numbers are easy: one hard number makes all beside
/// it be made again, and would hide the others.
template <class D, class Rule> void next_to_ties(Tally& tally, const Rule& rule, std::uint64_t seed) {
    Random random(seed);
    for (int round = 0; round < 40; ++round) {
        // Multipliers from 2^-24 to 1, some a power of two; far from zero an estimate knows least.
        const float scale =
            std::ldexp(round % 8 == 0 ? 1.0f : random.real(1.0, 2.0), static_cast<int>(random.between(-24, -1)));
        const float target = round % 8 == 0 ? 1.0f : 0.9f;
        const auto zero = round % 4 == 0 ? static_cast<std::int32_t>(random.between(0, 255)) : -255;
        const auto made = quantize_multiplier(static_cast<double>(scale) / static_cast<double>(target));
        const std::int32_t mantissa = made[0];
        const int shift = made[1];
        const double multiplier = static_cast<double>(mantissa) * std::ldexp(1.0, shift - 31);
        std::vector<std::int32_t> hard;
        for (int number = 0; number < 150; ++number) {
            const double tie = static_cast<double>(random.between(number % 3 == 0 ? -2 : 200, 257) - zero) + 0.5;
            for (const double moved : {0.0, -std::ldexp(1.0, shift - 1), std::ldexp(1.0, shift - 1)}) {
                for (const double beside : {0.0, random.unit() - 0.5, 8.0 * (random.unit() - 0.5)}) {
                    const double near = std::floor((tie + moved + beside * 0x1p-16) / multiplier);
                    if (std::abs(near) > 2e9) continue;
                    hard.push_back(static_cast<std::int32_t>(near));
                    hard.push_back(static_cast<std::int32_t>(near) + 1);
                }
            }
        }
        const auto easy = static_cast<std::int32_t>(std::clamp((3.2 - zero) / multiplier, -2e9, 2e9));
        std::vector<std::int32_t> sums(group * hard.size(), easy);
        for (std::size_t i = 0; i < hard.size(); ++i) sums[group * i + i % group] = hard[i];
        std::vector<std::uint8_t> codes(sums.size());
        const Shape<dyn> shape(sums.size());
        requantize_into<D>(QTensor<const std::int32_t, PerTensor<>>(sums.data(), shape, PerTensor{scale}),
                           QTensor<std::uint8_t, Affine<>>(codes.data(), shape, Affine{target, zero}));
        const auto code_of = [&](std::int32_t sum) {
            return std::clamp<std::int64_t>(rule(sum, mantissa, shift) + zero, 0, 255);
        };
        const std::int64_t easy_code = code_of(easy);
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const std::int64_t want = i % group == i / group % group ? code_of(sums[i]) : easy_code;
            if (codes[i] != want || i % group == 0) tally.same(codes[i], want, i, sums[i], scale, target, zero);
        }
    }
}

}  // namespace

TEST_CASE("Next to a tie a code is the one of TFLite's integers", "[tensor][requantize]") {
    Tally doubly, singly;
    next_to_ties<TfLiteDoubleRounding>(doubly, twice, 141);
    next_to_ties<TfLiteSingleRounding>(singly, once, 142);
    doubly.require_all_equal(90000);
    singly.require_all_equal(90000);
}
