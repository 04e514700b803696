// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/hard_swish.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "support/arches.hpp"
#include "support/function_model.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::ScalarAndBest;

namespace {

std::int64_t held(std::int64_t x) { return std::clamp<std::int64_t>(x, -32768, 32767); }
/// Halves away from zero.
std::int64_t divided(std::int64_t x, int power) { return std::llround(std::ldexp(static_cast<double>(x), -power)); }
std::int64_t high(std::int64_t a, std::int64_t b) {
    return held(static_cast<std::int64_t>(std::floor((static_cast<double>(a * b) + 16384.0) / 32768.0)));
}
oracle::Words words16(float real) {
    const oracle::Words words = oracle::tflite_words(static_cast<double>(real));
    return {std::min<std::int64_t>(std::int64_t{32767}, (words.mantissa + 32768) / 65536), words.shift};
}

/// TFLite's HARD_SWISH from its description.
std::int64_t rule(std::int64_t code, const Affine<>& x, const Affine<>& y) {
    const float fine_scale = x.value / 128.0f;
    const oracle::Words out = words16(fine_scale / y.value), slope = words16(fine_scale / (3.0f / 32768.0f));
    const std::int64_t fine = (code - x.zero) * 128;
    std::int64_t at = fine;
    if (slope.shift > 0) at = held(at * (std::int64_t{1} << (slope.shift - 1)));
    at = high(at, slope.mantissa);
    at = slope.shift > 0 ? held(2 * at) : divided(at, -slope.shift);
    at = (at + 32768) / 2 - ((at + 32768) % 2 < 0 ? 1 : 0);
    return oracle::clamped(divided(at * high(fine, out.mantissa) / 32768, -out.shift) + y.zero, -128, 127);
}

}  // namespace

TEST_CASE("Hard swish of TFLite: every code, near the function", "[layer][hard_swish]") {
    using L = FixedHardSwish<Shape<256>>;
    STATIC_REQUIRE(Layer<L>);
    const auto input = [](std::size_t count) {
        std::vector<std::int8_t> x(count);
        for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<std::int8_t>(i);
        return x;
    };
    for (const auto& ends : {std::pair<Affine<>, Affine<>>{{0.06f, 11}, {0.05f, -20}},
                             {{0.02f, -128}, {0.02f, -128}},
                             {{0.5f, 127}, {0.25f, 100}},
                             {{0.0003f, 3}, {0.0002f, 0}},
                             {{12.0f, 0}, {13.0f, -1}}}) {
        const Affine<> in = ends.first, out = ends.second;
        double worst = 0.0;
        qtensor_test::check_layer_codes<L, ScalarAndBest>(
            L::quantized({}, in, out), input, [&](const auto& x, std::size_t) {
                std::vector<std::int64_t> y;
                for (const std::int8_t q : x) {
                    y.push_back(rule(q, in, out));
                    const double real = qtensor_test::model(HardSwish{}, static_cast<double>(in.value) * (q - in.zero));
                    const double code = std::clamp(real / static_cast<double>(out.value) + out.zero, -128.0, 127.0);
                    worst = std::max(worst, std::fabs(static_cast<double>(y.back()) - code));
                }
                return y;
            });
        CHECK(worst < 1.6);  // the table of Lookup<..., HardSwish> stays within 0.5
    }
    const std::vector<float> x{-4.0f, -3.0f, -1.5f, 0.0f, 2.0f, 5.0f};
    qtensor_test::check_layer_reals<FixedHardSwish<Shape<6>>, ScalarAndBest>(
        {}, x, 1, [](const auto&, std::size_t, auto& bounds) {
            bounds.assign(6, 1e-6);
            return std::vector<double>{0.0, 0.0, -0.375, 0.0, 2.0 * 5.0 / 6.0, 5.0};
        });
    CHECK(qtensor_test::says(
        qtensor_test::refused([] { return HardSwishRule<std::int8_t>(Affine{1.0f, 0}, Affine{0.001f, 0}); }),
        "hard swish: the output has too fine a scale"));
}
