// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/attention.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::Flush;
using qtensor_test::ScalarAndBest;

namespace {

/// Attention in double from its formula; x [batch][tokens][3 heads depth].
std::vector<double> model(const std::vector<double>& x, std::size_t tokens, std::size_t heads, std::size_t depth,
                          bool past) {
    const std::size_t width = heads * depth;
    std::vector<double> y;
    for (std::size_t n = 0; n < x.size() / (tokens * 3 * width); ++n) {
        const double* rows = x.data() + n * tokens * 3 * width;
        for (std::size_t t = 0; t < tokens; ++t) {
            for (std::size_t h = 0; h < heads; ++h) {
                std::vector<double> made(depth, 0.0);
                double sum = 0.0;
                for (std::size_t i = 0; i < (past ? t + 1 : tokens); ++i) {
                    double score = 0.0;
                    for (std::size_t d = 0; d < depth; ++d)
                        score += rows[t * 3 * width + h * depth + d] * rows[i * 3 * width + width + h * depth + d];
                    const double weight = std::exp(score / std::sqrt(static_cast<double>(depth)));
                    sum += weight;
                    for (std::size_t d = 0; d < depth; ++d)
                        made[d] += weight * rows[i * 3 * width + 2 * width + h * depth + d];
                }
                for (const double value : made) y.push_back(value / sum);
            }
        }
    }
    return y;
}

template <class L> void check(std::size_t heads, std::size_t depth, bool past) {
    static_assert(Layer<L>);
    constexpr std::size_t tokens = L::input_shape::static_extent(0);
    oracle::Random random(tokens * heads);
    std::vector<std::int8_t> x(2 * input_size<L>);
    for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
    const Affine<> scale{2.5f / 127.0f, -9};
    CHECK(L::fixed_output(scale) == scale);
    std::vector<double> real;
    for (const std::int8_t code : x) real.push_back(static_cast<double>(scale.value) * (code + 9));
    const auto want = model(real, tokens, heads, depth, past);
    const auto codes = L::quantized({}, scale, scale);
    ScalarAndBest::each([&]<class Arch>() {
        const auto y = qtensor_test::run_layer(pack<Arch>(codes), x, 2, Flush::back);
        double worst = 0.0;
        for (std::size_t i = 0; i < y.size(); ++i)
            worst = std::max(worst, std::fabs(y[i] + 9 - want[i] / static_cast<double>(scale.value)));
        INFO(Arch::name);
        CHECK(worst < 0.51);  // rounded once
    });
    std::vector<float> floats(real.begin(), real.end());
    qtensor_test::check_layer_reals<L, ScalarAndBest>({}, floats, 2, [&](const auto&, std::size_t, auto& bounds) {
        bounds.assign(want.size(), 1e-5);
        return want;
    });
}

}  // namespace

TEST_CASE("Attention: half a step from the formula, float reading likewise", "[layer][attention]") {
    check<Attention<11, 2, 8>>(2, 8, false);
    check<Attention<1, 3, 4>>(3, 4, false);
    check<Attention<40, 1, 16, Past>>(1, 16, true);
}

TEST_CASE("Attention of the past streams, bit for bit, and says when it is full", "[layer][attention]") {
    using L = Attention<7, 2, 4, Past>;
    oracle::Random random(9);
    std::vector<std::int8_t> x(input_size<L>);
    for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
    const Affine<> scale{0.02f, 5};
    const auto layer = pack<arch::native>(L::quantized({}, scale, scale));
    const auto y = qtensor_test::run_layer(layer, x, 1, Flush::back);
    auto state = layer.initial_state();
    std::vector<std::int8_t> streamed(y.size());
    for (std::size_t t = 0; t < 7; ++t) layer.step(x.data() + 24 * t, state, streamed.data() + 8 * t);
    CHECK(streamed == y);
    CHECK(std::equal(y.begin(), y.begin() + 8, x.begin() + 16));  // the first token sees its own value alone
    CHECK(qtensor_test::says(qtensor_test::refused([&] { layer.step(x.data(), state, streamed.data()); }),
                             "the state holds as many tokens as the layer has"));
}

TEST_CASE("Attention at the ends: equal scores average, one large score takes all", "[layer][attention]") {
    using L = Attention<2, 1, 1>;
    const Affine<> scale{1.0f, 0};
    static constexpr L::Quantized codes{{1.0f, 0}, {1.0f, 0}};
    static constexpr auto layer = pack<arch::scalar>(codes);
    constexpr auto run = [](std::array<std::int8_t, 6> x) {
        std::array<std::int8_t, 2> y{};
        layer.run(x.data(), y.data(), 1, {});
        return y;
    };
    STATIC_REQUIRE(run({0, 5, 7, 0, 9, -8}) == std::array<std::int8_t, 2>{-1, -1});  // -1/2 away from zero
    STATIC_REQUIRE(run({127, 127, -128, -128, -128, 127}) == std::array<std::int8_t, 2>{-128, 127});
    CHECK(qtensor_test::says(
        qtensor_test::refused([&] { return L::template PackedQuantized<arch::scalar>({{1.0f, 300}, {1.0f, 300}}); }),
        "attention: the zero point of the input is one of its codes"));
    CHECK(scale.zero == 0);
}
