// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/numeric.hpp>
#include <qtensor/scale.hpp>

#include <array>
#include <cmath>
#include <vector>

#include "support/arches.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"
#include "support/samples.hpp"
#include "support/stages.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::Tally;

using Words = std::array<std::int32_t, 2>;
using OneScale = Incoming<std::int32_t, dyn, Product<Affine<>, PerTensor<>>>;

/// CMSIS-NN's rule on the words themselves.
std::int32_t cmsis(std::int64_t acc, Words words, std::int64_t zero) {
    return oracle::clamped(oracle::tflite_multiply(acc, words[0], words[1]) + zero, -128, 127);
}

}  // namespace

TEST_CASE("accumulators become codes by the multiplier and shift that are given") {
    const std::size_t n = 203;
    Tally tally;
    // The scales of the operands are of no account, and neither is the one behind the stage.
    const OneScale in{{Affine<>{0.123f, 9}, PerTensor<>{45.0f}}, n, nullptr};
    for (const Words words : {Words{0, 0}, Words{INT32_MAX, 0}, Words{INT32_MAX, -31}, Words{1 << 30, 1},
                              Words{1374389535, -7}, Words{2054731230, -10}, Words{1, 5}, Words{INT32_MAX, 10}}) {
        for (const std::int32_t zero : {0, -42, 127, 128, 100, -1000}) {
            const auto values = qtensor_test::accumulators(n, 5, INT32_MAX >> std::max(words[1], 0));
            const auto bound =
                bind_stages(in, RequantizeBy<std::int8_t, TfLiteDoubleRounding>{Affine{3.0f, zero}, {&words, 1}});
            CHECK(bound.limit() == static_cast<std::uint64_t>(INT32_MAX >> std::max(words[1], 0)));
            qtensor_test::EveryArch::each([&]<class Arch>() {
                const auto got = qtensor_test::apply_stage<Arch>(bound, values);
                for (std::size_t i = 0; i < n; ++i) tally.same(got[i], cmsis(values[i], words, zero), values[i], zero);
            });
        }
    }
    tally.require_all_equal(8 * 6 * n);
}

TEST_CASE("constants per column go with a scale per column") {
    constexpr std::size_t n = 21;
    std::vector<Words> words(n);
    for (std::size_t c = 0; c < n; ++c) {
        const auto at = static_cast<std::int32_t>(c);
        words[c] = {(1 << 30) + 48271 * at, -at - 3};
    }
    const std::vector<float> ones(n, 1.0f);
    std::int32_t memory[2 * n];
    BindMemory words_of_channels(memory, 2 * n);
    using In = Incoming<std::int32_t, dyn, Product<Affine<>, PerChannel<dyn>>>;
    const In in{{Affine<>{1.0f, 0}, PerChannel<dyn>{ones.data()}}, n, &words_of_channels};
    const auto bound = bind_stages(in, RequantizeBy<std::int8_t, CmsisNn>{Affine{1.0f, -7}, words});
    const auto values = qtensor_test::accumulators(n, 6, 1000000);
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const auto got = qtensor_test::apply_stage<Arch>(bound, values);
        for (std::size_t c = 0; c < n; ++c) tally.same(got[c], cmsis(values[c], words[c], -7), c);
    });
    tally.require_all_equal(n);
    BindMemory again(memory, 2 * n);
    const In same{{Affine<>{1.0f, 0}, PerChannel<dyn>{ones.data()}}, n, &again};
    const RequantizeBy<std::int8_t, CmsisNn> too_few{Affine{1.0f, -7}, std::span(words).first(n - 1)};
    CHECK(says(refused([&] { bind_stages(same, too_few); }),
               "RequantizeBy: constants for every scale of the accumulator (value 20, limit 21)"));
}

TEST_CASE("gemmlowp's legacy stage takes its offset from the words") {
    // ((sum + offset) * multiplier + 2^(shift - 1)) >> shift: the numbers of gemmlowp's test data.
    const std::array<std::int32_t, 3> words{74980, 3401, 21};
    const OneScale in{{Affine<>{1.0f, 84}, PerTensor<>{1.0f}}, 1, nullptr};
    const auto bound = bind_stages(in, RequantizeBy<std::uint8_t, GemmlowpLegacy>{Affine{1.0f, 0}, {&words, 1}});
    Tally tally;
    for (std::int32_t acc = -400000; acc <= 400000; acc += 7) {
        const double exact = std::floor((static_cast<double>(acc) + 74980.0) * 3401.0 / 2097152.0 + 0.5);
        const double want = exact < 0.0 ? 0.0 : exact > 255.0 ? 255.0 : exact;
        tally.same(bound(acc, Cell{}), static_cast<std::int32_t>(want), acc);
    }
    tally.require_all_equal(100000);
}

TEST_CASE("RequantizeBy takes int64 accumulators by the 16x8 rule") {
    const Words words{1811172163, -11};
    const Incoming<std::int64_t, dyn, Product<PerTensor<>, PerTensor<>>> in{
        {PerTensor<>{1.0f}, PerTensor<>{1.0f}}, 1, nullptr};
    const auto bound = bind_stages(in, RequantizeBy<std::int16_t, CmsisNn>{Affine{1.0f, 0}, {&words, 1}});
    // m16 = 1811172163 / 2^16 = 27636.26 rounds to 27636; 10^6 * 27636 / 2^26 = 411.8...
    CHECK(bound(std::int64_t{1000000}, Cell{}) == 412);
    CHECK(bound(std::int64_t{-1000000}, Cell{}) == -412);
    CHECK(bound(std::int64_t{1} << 40, Cell{}) == 32767);
    const Words large{1 << 30, 8};
    const RequantizeBy<std::int16_t, CmsisNn> beyond{Affine{1.0f, 0}, {&large, 1}};
    CHECK(says(refused([&] { bind_stages(in, beyond); }), "below 2^7"));
}
