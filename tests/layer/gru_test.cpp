// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/gru.hpp>

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

template <class L> typename L::Float random_gru(oracle::Random& random) {
    typename L::Float real{};
    for (std::size_t i = 0; i < real.input_weights.size(); ++i) real.input_weights.data()[i] = 0.8f * random.real();
    for (std::size_t i = 0; i < real.hidden_weights.size(); ++i) real.hidden_weights.data()[i] = 0.5f * random.real();
    for (std::size_t i = 0; i < real.bias.size(); ++i) real.bias(i) = 0.3f * random.real();
    for (std::size_t i = 0; i < real.bias.size(); ++i) real.hidden_bias(i) = 0.3f * random.real();
    return real;
}

/// A GRU in double, from its equations.
template <class L> std::vector<double> model(const typename L::Float& real, const std::vector<float>& x, bool before) {
    constexpr std::size_t in = L::input_shape::static_extent(1), hidden = L::output_shape::static_extent(1);
    std::vector<double> h(hidden, 0.0), y;
    const auto sigmoid = [](double v) { return 1.0 / (1.0 + std::exp(-v)); };
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

template <class L> void check(bool before, double bound) {
    static_assert(Layer<L>);
    oracle::Random random(5);
    const auto real = random_gru<L>(random);
    std::vector<float> x(3 * input_size<L>);
    for (float& value : x) value = random.real();
    qtensor_test::check_layer_reals<L, ScalarAndBest>(real, x, 3, [&](const auto& from, std::size_t, auto& bounds) {
        const auto y = model<L>(real, from, before);
        bounds.assign(y.size(), 3e-6);
        return y;
    });
    const Affine<> in{2.0f / 255.0f, 0}, out{2.0f / 255.0f, 3};
    const auto codes = L::quantized(real, in, out);
    std::vector<std::int8_t> q(x.size());
    std::vector<float> exact(x.size());
    for (std::size_t i = 0; i < q.size(); ++i) {
        q[i] = static_cast<std::int8_t>(oracle::clamped(std::lround(x[i] / in.value), -128, 127));
        exact[i] = in.value * static_cast<float>(q[i]);
    }
    const auto want = model<L>(real, exact, before);
    std::vector<std::int8_t> first;
    ScalarAndBest::each([&]<class Arch>() {
        const auto layer = pack<Arch>(codes);
        const auto y = qtensor_test::run_layer(layer, q, 3, Flush::back);
        if (first.empty()) first = y;
        INFO(Arch::name);
        CHECK(y == first);
        double worst = 0.0;
        for (std::size_t i = 0; i < y.size(); ++i)
            worst = std::max(worst, std::fabs(static_cast<double>(out.value) * (y[i] - out.zero) - want[i]));
        CHECK(worst < bound);
        std::vector<std::byte> scratch(layer.workspace_bytes(1) + 64);
        std::vector<std::int8_t> streamed(y.size());
        for (std::size_t n = 0; n < 3; ++n) {
            auto state = layer.initial_state();
            for (std::size_t t = 9 * n; t < 9 * (n + 1); ++t)
                layer.step(q.data() + 5 * t, state, streamed.data() + 12 * t, scratch);
        }
        CHECK(streamed == y);
    });
}

}  // namespace

TEST_CASE("A GRU: the float reading is its equations, the integer reading is close, streaming is the same bits",
          "[layer][gru]") {
    check<Gru<9, 5, 12>>(false, 0.025);
    check<Gru<9, 5, 12, numerics::TfLite, ResetBefore>>(true, 0.025);
}

TEST_CASE("A GRU of 8-bit products and real gates is closer still, and streams", "[layer][gru]") {
    using L = Gru<9, 5, 12, numerics::Dynamic>;
    oracle::Random random(6);
    const auto real = random_gru<L>(random);
    std::vector<float> x(2 * input_size<L>), first;
    for (float& value : x) value = random.real();
    const auto want = model<L>(real, x, false);
    const auto codes = L::quantized(real, {}, {});
    ScalarAndBest::each([&]<class Arch>() {
        const auto layer = pack<Arch>(codes);
        const auto y = qtensor_test::run_layer(layer, x, 2, Flush::back);
        if (first.empty()) first = y;
        INFO(Arch::name);
        CHECK(y == first);
        double worst = 0.0;
        for (std::size_t i = 0; i < y.size(); ++i)
            worst = std::max(worst, std::fabs(static_cast<double>(y[i]) - want[i]));
        CHECK(worst < 0.012);
        CHECK(worst > 1e-6);
        auto state = layer.initial_state();
        std::vector<std::byte> scratch(layer.workspace_bytes(1) + 64);
        std::vector<float> streamed(12);
        for (std::size_t t = 0; t < 9; ++t) layer.step(x.data() + 5 * t, state, streamed.data(), scratch);
        CHECK(std::equal(streamed.begin(), streamed.end(), y.begin() + 8 * 12));
    });
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
