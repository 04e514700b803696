// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/lstm.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"

using namespace qtensor;
using qtensor_test::EveryArch;
using qtensor_test::Flush;

namespace {

template <class L> typename L::Float random_lstm(oracle::Random& random) {
    typename L::Float real{};
    for (std::size_t i = 0; i < real.input_weights.size(); ++i) real.input_weights.data()[i] = 0.8f * random.real();
    for (std::size_t i = 0; i < real.hidden_weights.size(); ++i) real.hidden_weights.data()[i] = 0.5f * random.real();
    for (std::size_t i = 0; i < real.bias.size(); ++i) real.bias(i) = 0.3f * random.real();
    return real;
}

/// An LSTM in double, from its equations.
template <class L> std::vector<double> model(const typename L::Float& real, const std::vector<float>& x) {
    constexpr std::size_t in = L::input_shape::static_extent(1), hidden = L::output_shape::static_extent(1);
    std::vector<double> cell(hidden, 0.0), h(hidden, 0.0), y;
    const auto sigmoid = [](double v) { return 1.0 / (1.0 + std::exp(-v)); };
    for (std::size_t t = 0; t < x.size() / in; ++t) {
        if (t % L::input_shape::static_extent(0) == 0) cell.assign(hidden, 0.0), h.assign(hidden, 0.0);
        std::vector<double> sums(4 * hidden);
        for (std::size_t j = 0; j < 4 * hidden; ++j) {
            sums[j] = static_cast<double>(real.bias(j));
            for (std::size_t i = 0; i < in; ++i)
                sums[j] += static_cast<double>(x[t * in + i]) * static_cast<double>(real.input_weights(j, i));
            for (std::size_t i = 0; i < hidden; ++i) sums[j] += h[i] * static_cast<double>(real.hidden_weights(j, i));
        }
        for (std::size_t j = 0; j < hidden; ++j) {
            cell[j] = sigmoid(sums[hidden + j]) * cell[j] + sigmoid(sums[j]) * std::tanh(sums[2 * hidden + j]);
            h[j] = sigmoid(sums[3 * hidden + j]) * std::tanh(cell[j]);
        }
        y.insert(y.end(), h.begin(), h.end());
    }
    return y;
}

/// The files use weights of -128.
struct Bytes : numerics::TfLite {
    using weight = std::int8_t;
};
struct Wide : Bytes {
    using activation = std::int16_t;
};

}  // namespace

TEST_CASE("An LSTM: the float reading is its equations, the integer reading is close, streaming is the same bits",
          "[layer][lstm]") {
    using L = Lstm<9, 5, 12>;
    static_assert(Layer<L>);
    oracle::Random random(5);
    const auto real = random_lstm<L>(random);
    std::vector<float> x(3 * input_size<L>);
    for (float& value : x) value = random.real();
    qtensor_test::check_layer_reals<L, EveryArch>(real, x, 3, [&](const auto& from, std::size_t, auto& bounds) {
        const auto y = model<L>(real, from);
        bounds.assign(y.size(), 2e-6);
        return y;
    });

    const Affine<> in{2.0f / 255.0f, 0}, out{2.0f / 255.0f, 3};
    const auto codes = L::quantized(real, in, out);
    std::vector<std::int8_t> q(x.size());
    for (std::size_t i = 0; i < q.size(); ++i)
        q[i] = static_cast<std::int8_t>(oracle::clamped(std::lround(x[i] / in.value), -128, 127));
    std::vector<float> exact(x.size());
    for (std::size_t i = 0; i < q.size(); ++i) exact[i] = in.value * static_cast<float>(q[i]);
    const auto want = model<L>(real, exact);
    std::vector<std::int8_t> first;
    EveryArch::each([&]<class Arch>() {
        const auto layer = pack<Arch>(codes);
        const auto y = qtensor_test::run_layer(layer, q, 3, Flush::back);
        if (first.empty()) first = y;
        INFO(Arch::name);
        CHECK(y == first);
        double worst = 0.0;
        for (std::size_t i = 0; i < y.size(); ++i)
            worst = std::max(worst, std::fabs(static_cast<double>(out.value) * (y[i] - out.zero) - want[i]));
        CHECK(worst < 0.03);

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
