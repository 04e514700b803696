// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/lstm.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "support/arches.hpp"
#include "support/cmsis_nn.hpp"
#include "support/layer_runs.hpp"
#include "support/npy.hpp"
#include "support/oracle.hpp"

using namespace qtensor;
using qtensor_test::EveryArch;
using qtensor_test::Flush;
using qtensor_test::Manifest;
using qtensor_test::read_npy;

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

namespace {

template <std::size_t Steps, std::size_t In, std::size_t Hidden, class N>
void conforms(const std::filesystem::path& folder, const Manifest& manifest, const std::string& name) {
    using L = Lstm<Steps, In, Hidden, N>;
    using X = typename N::activation;
    using Cells = typename L::template PackedQuantized<arch::scalar>::Cells;
    const auto number = [&](const std::string& key) { return manifest.number(name, key, -999999); };
    const auto words = [&](const std::string& what) {
        return std::array<std::int32_t, 2>{number(what + "_multiplier"), number(what + "_shift")};
    };
    typename L::Quantized codes{};
    codes.input_weights = decltype(codes.input_weights)({}, {{1.0f, 1.0f, 1.0f, 1.0f}});
    codes.hidden_weights = decltype(codes.hidden_weights)({}, {{1.0f, 1.0f, 1.0f, 1.0f}});
    codes.input = {1.0f, -number("input_zero_point")};  // the files hold the offset
    codes.output = {1.0f, number("output_zero_point")};
    Cells cells;
    const char* gates[] = {"input", "forget", "cell", "output"};
    for (std::size_t gate = 0; gate < 4; ++gate) {
        const std::string what = std::string(gates[gate]) + "_gate";
        const auto w = read_npy<std::int8_t>(folder / name / (what + "_input_weights.npy"));
        const auto r = read_npy<std::int8_t>(folder / name / (what + "_hidden_weights.npy"));
        REQUIRE(w.size() == Hidden * In);
        REQUIRE(r.size() == Hidden * Hidden);
        std::copy(w.begin(), w.end(), codes.input_weights.data() + gate * Hidden * In);
        std::copy(r.begin(), r.end(), codes.hidden_weights.data() + gate * Hidden * Hidden);
        const auto bias = read_npy<std::conditional_t<sizeof(X) == 1, std::int32_t, std::int64_t>>(
            folder / name / (what + "_bias.npy"));
        for (std::size_t j = 0; j < Hidden; ++j) {
            REQUIRE(bias[j] == static_cast<std::int32_t>(bias[j]));
            codes.bias(gate * Hidden + j) = static_cast<std::int32_t>(bias[j]);
        }
        cells.input[gate] = words(what + "_input");
        cells.hidden[gate] = words(what + "_hidden");
    }
    cells.forget_to_cell = words("forget_to_cell");
    cells.input_to_cell = words("input_to_cell");
    cells.to_hidden = words("output");
    cells.cell_power = number("cell_scale_power");
    cells.clip = number("cell_clip");
    cells.zero = number("output_zero_point");
    const auto x = read_npy<X>(folder / name / "input_tensor.npy");
    const std::size_t batch = x.size() / (Steps * In);
    EveryArch::each([&]<class Arch>() {
        const typename L::template PackedQuantized<Arch> layer(codes, cells);
        INFO(name << " on " << Arch::name);
        CHECK((qtensor_test::run_layer(layer, x, batch, Flush::back) == read_npy<X>(folder / name / "output.npy")));
    });
}

}  // namespace

TEST_CASE("CMSIS-NN: LSTM of 8 and 16 bits, exactly", "[layer][lstm]") {
    const auto folder = qtensor_test::vector_suite("cmsis_nn");
    if (!folder) {
        WARN("skipped: the conformance vectors are not beside the repository");
        return;
    }
    const Manifest manifest(*folder / "manifest.json");
    conforms<10, 22, 11, Bytes>(*folder, manifest, "lstm_1");
    conforms<9, 6, 7, Bytes>(*folder, manifest, "lstm_2");
    conforms<10, 22, 11, Wide>(*folder, manifest, "lstm_1_s16");
    conforms<1, 22, 3, Wide>(*folder, manifest, "lstm_one_time_step_s16");
}
