// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/gru.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/recurrent_checks.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::ScalarAndBest;
using qtensor_test::sigmoid;

namespace {

/// A GRU in double, from its equations.
template <class L, bool before = false>
std::vector<double> model(const typename L::Float& real, const std::vector<float>& x) {
    constexpr std::size_t in = L::input_shape::static_extent(1), hidden = L::output_shape::static_extent(1);
    std::vector<double> h(hidden, 0.0), y;
    const auto times = [&](std::size_t row, const std::vector<double>& with) {
        double sum = static_cast<double>(real.hidden_bias(row));
        for (std::size_t i = 0; i < hidden; ++i) sum += with[i] * static_cast<double>(real.hidden_weights(row, i));
        return sum;
    };
    for (std::size_t t = 0; t < x.size() / in; ++t) {
        if (t % L::input_shape::static_extent(0) == 0) h.assign(hidden, 0.0);
        const auto own = [&](std::size_t row) {
            double sum = static_cast<double>(real.bias(row));
            for (std::size_t i = 0; i < in; ++i)
                sum += static_cast<double>(x[t * in + i]) * static_cast<double>(real.input_weights(row, i));
            return sum;
        };
        std::vector<double> reset(hidden), kept(hidden), next(hidden);
        for (std::size_t j = 0; j < hidden; ++j) {
            reset[j] = sigmoid(own(hidden + j) + times(hidden + j, h));
            kept[j] = reset[j] * h[j];
        }
        for (std::size_t j = 0; j < hidden; ++j) {
            const double z = sigmoid(own(j) + times(j, h));
            const std::size_t row = 2 * hidden + j;
            const double n = std::tanh(own(row) + (before ? times(row, kept) : reset[j] * times(row, h)));
            next[j] = (1.0 - z) * n + z * h[j];
        }
        h = next;
        y.insert(y.end(), h.begin(), h.end());
    }
    return y;
}

}  // namespace

TEST_CASE("A GRU: the float reading is its equations, the integer reading is close, streaming is the same bits",
          "[layer][gru]") {
    using After = Gru<9, 5, 12>;
    using Before = Gru<9, 5, 12, numerics::TfLite, ResetBefore>;
    static_assert(Layer<After> && Layer<Before>);
    qtensor_test::check_gates<After, ScalarAndBest>(model<After>, 3e-6, 0.025);
    qtensor_test::check_gates<Before, ScalarAndBest>(model<Before, true>, 3e-6, 0.025);
}

TEST_CASE("A GRU of 8-bit products and real gates is closer still, and streams", "[layer][gru]") {
    using L = Gru<9, 5, 12, numerics::Dynamic>;
    oracle::Random random(6);
    const auto real = qtensor_test::random_gates<L>(random);
    std::vector<float> x(2 * input_size<L>);
    for (float& value : x) value = random.real();
    const auto worth = [](float y) { return static_cast<double>(y); };
    const double worst =
        qtensor_test::worst_of_sequences<ScalarAndBest>(L::quantized(real, {}, {}), x, model<L>(real, x), worth);
    CHECK(worst < 0.012);
    CHECK(worst > 1e-6);
}

TEST_CASE("A step of an integer GRU, worked out", "[layer][gru]") {
    using L = Gru<1, 1, 1>;
    L::Quantized codes{};
    codes.input_weights = decltype(codes.input_weights)({}, {{0x1p-12f, 0x1p-12f, 0x1p-12f}});
    codes.hidden_weights = decltype(codes.hidden_weights)({}, {{0x1p-12f, 0x1p-12f, 0x1p-12f}});
    codes.input = {1.0f, 0};
    codes.output = {0x1p-7f, 0};
    for (std::size_t j = 0; j < 3; ++j) codes.bias(j) = 0;
    codes.bias(2) = 4096;  // the candidate is tanh(1) = 0.76159, 24956 in Q0.15; both gates are 1/2
    const auto layer = pack<arch::scalar>(codes);
    const std::int8_t x[1] = {0};
    std::int8_t y[1] = {0};
    auto state = layer.initial_state();
    layer.step(x, state, y, {});
    CHECK(std::abs(state[0] - 12478) <= 2);  // half of it
    CHECK(y[0] == 49);                       // 12478 / 256 = 48.7
    layer.step(x, state, y, {});
    CHECK(std::abs(state[0] - 18717) <= 3);
    codes.output = {0x1p-31f, 0};
    CHECK(qtensor_test::says(qtensor_test::refused([&] { return pack<arch::scalar>(codes); }),
                             "a GRU's output has too fine a scale"));
}
