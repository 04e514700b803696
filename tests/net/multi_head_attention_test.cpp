// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/calibrate.hpp>
#include <qtensor/layer/normalize.hpp>
#include <qtensor/layer/softmax.hpp>
#include <qtensor/net.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"

using namespace qtensor;
using qtensor_test::Flush;
using qtensor_test::run_layer;

namespace {
void randomize(auto& layer, oracle::Random& random, float size) {
    for (std::size_t i = 0; i < layer.weights.size(); ++i) layer.weights.data()[i] = size * random.real();
    for (std::size_t i = 0; i < layer.bias.size(); ++i) layer.bias(i) = 0.1f * random.real();
}
double distance(const std::vector<float>& a, const std::vector<float>& b) {
    double worst = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        worst = std::max(worst, std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    return worst;
}
}  // namespace

TEST_CASE("Multi-head attention, calibrated and measured, is near its float reading", "[net][attention]") {
    using Static = MultiHeadAttention<6, 8, 2>;
    using Measured = MultiHeadAttention<6, 8, 2, Everything, numerics::Dynamic>;
    STATIC_REQUIRE(std::is_same_v<Static::output_shape, Shape<6, 8>>);
    STATIC_REQUIRE(Static::weight_bytes == 4 * 8 * 8);
    oracle::Random random(1);
    Static::Float real;
    randomize(get<0>(real), random, 0.6f);
    randomize(get<2>(real), random, 0.6f);
    Measured::Float same;
    get<0>(same).weights = get<0>(real).weights;
    get<0>(same).bias = get<0>(real).bias;
    get<2>(same).weights = get<2>(real).weights;
    get<2>(same).bias = get<2>(real).bias;
    std::vector<float> x(20 * 48);
    for (float& value : x) value = random.real();
    const auto want = run_layer(pack<arch::native>(real), x, 20, Flush::back);
    CHECK(run_layer(pack<arch::native>(same), x, 20, Flush::back) == want);

    const auto measured = Measured::quantized(same);
    std::vector<float> first;
    qtensor_test::ScalarAndBest::each([&]<class Arch>() {
        const auto y = run_layer(pack<Arch>(measured), x, 20, Flush::back);
        if (first.empty()) first = y;
        CHECK(y == first);
        CHECK(distance(y, want) < 0.04);
    });

    const auto codes = calibrate(real, x);
    const auto integer = pack<arch::native>(codes);
    std::vector<std::int8_t> q(x.size());
    const Affine<> in = integer.input_scale(), out = integer.output_scale();
    for (std::size_t i = 0; i < x.size(); ++i)
        q[i] = static_cast<std::int8_t>(oracle::clamped(std::lround(x[i] / in.value) + in.zero, -128, 127));
    const auto made = run_layer(integer, q, 20, Flush::back);
    std::vector<float> back;
    for (const std::int8_t code : made) back.push_back(out.value * static_cast<float>(code - out.zero));
    CHECK(distance(back, want) < 0.06);
}

TEST_CASE("A block of a transformer without samples: residuals, norms, softmax in real numbers", "[net][attention]") {
    using N = numerics::Dynamic;
    using Tokens = Shape<5, 8>;
    using Net = Sequential<Residual<LayerNorm<Tokens, N>, Conv1d<Tokens, 24, Kernel1d<1>, Identity, N>,
                                    Attention<5, 2, 4, Past, N>, Conv1d<Tokens, 8, Kernel1d<1>, Identity, N>>,
                           Softmax<Tokens, N>>;
    oracle::Random random(2);
    Net::Float real;
    auto& ways = get<1>(get<0>(real));
    randomize(get<1>(ways), random, 0.5f);
    randomize(get<3>(ways), random, 0.5f);
    const auto codes = Net::quantized(real);
    std::vector<float> x(3 * 40);
    for (float& value : x) value = 2.0f * random.real();
    const auto want = run_layer(pack<arch::native>(real), x, 3, Flush::back);
    const auto y = run_layer(pack<arch::native>(codes), x, 3, Flush::back);
    CHECK(distance(y, want) < 0.02);
    CHECK(distance(y, want) > 0.0);
}
