// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/clamp.hpp>
#include <qtensor/layer/svdf.hpp>

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
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::EveryArch;
using qtensor_test::Flush;
using qtensor_test::read_npy;

namespace {

struct Bytes : numerics::TfLite {
    using weight = std::int8_t;
};

}  // namespace

TEST_CASE("SVDF: the float reading is its equations, the integer reading is close, streaming is the same bits",
          "[layer][svdf]") {
    using L = Svdf<7, 6, 5, 3, 2, Relu>;
    static_assert(Layer<L>);
    STATIC_REQUIRE(L::macs == 7 * 10 * 9);
    oracle::Random random(8);
    L::Float real{};
    for (std::size_t i = 0; i < real.feature_weights.size(); ++i) real.feature_weights.data()[i] = random.real();
    for (std::size_t i = 0; i < real.time_weights.size(); ++i) real.time_weights.data()[i] = random.real();
    for (std::size_t i = 0; i < real.bias.size(); ++i) real.bias(i) = random.real();
    const auto model = [&](const std::vector<float>& x) {
        std::vector<double> y;
        for (std::size_t step = 0; step < x.size() / 6; ++step) {
            for (std::size_t u = 0; u < 5; ++u) {
                double sum = static_cast<double>(real.bias(u));
                for (std::size_t f = 2 * u; f < 2 * u + 2; ++f) {
                    for (std::size_t back = 0; back < 3 && back <= step % 7; ++back) {
                        double feature = 0.0;
                        for (std::size_t i = 0; i < 6; ++i)
                            feature += static_cast<double>(x[(step - back) * 6 + i]) *
                                       static_cast<double>(real.feature_weights(f, i));
                        sum += feature * static_cast<double>(real.time_weights(f, 2 - back));
                    }
                }
                y.push_back(std::max(sum, 0.0));
            }
        }
        return y;
    };
    const Affine<> in{2.0f / 255.0f, 4}, out{0.05f, -100};
    std::vector<std::int8_t> q(3 * 42);
    for (auto& code : q) code = static_cast<std::int8_t>(random.between(-128, 127));
    std::vector<float> x(q.size());
    for (std::size_t i = 0; i < q.size(); ++i) x[i] = in.value * static_cast<float>(q[i] - in.zero);
    const auto want = model(x);
    qtensor_test::check_layer_reals<L, EveryArch>(real, x, 3, [&](const auto&, std::size_t, auto& bounds) {
        bounds.assign(want.size(), 2e-5);
        return want;
    });
    const auto codes = L::quantized(real, in, out);
    std::vector<std::int8_t> first;
    EveryArch::each([&]<class Arch>() {
        const auto layer = pack<Arch>(codes);
        const auto y = qtensor_test::run_layer(layer, q, 3, Flush::back);
        if (first.empty()) first = y;
        INFO(Arch::name);
        CHECK(y == first);
        for (std::size_t i = 0; i < y.size(); ++i)
            REQUIRE(std::fabs(static_cast<double>(out.value) * (y[i] - out.zero) - std::min(want[i], 0.05 * 227)) <
                    0.08);
        std::vector<std::byte> scratch(layer.workspace_bytes(1) + 64);
        std::vector<std::int8_t> streamed(y.size());
        for (std::size_t n = 0; n < 3; ++n) {
            auto state = layer.initial_state();
            for (std::size_t t = 7 * n; t < 7 * (n + 1); ++t)
                layer.step(q.data() + 6 * t, state, streamed.data() + 5 * t, scratch);
        }
        CHECK(streamed == y);
    });
}

namespace {

/// A case of CMSIS-NN. The multipliers of the files are floats: they are given as scales of the weights.
template <std::size_t In, std::size_t Units, std::size_t Rank, class StateElement>
void conforms(const std::filesystem::path& folder, const qtensor_test::Manifest& manifest, const std::string& name) {
    constexpr std::size_t memory = 2, features = Units * Rank;
    using L = Svdf<1, In, Units, memory, Rank, Identity, Bytes, StateElement>;
    const auto number = [&](const char* key) { return manifest.number(name, key, -999999); };
    REQUIRE(number("time_batches") == static_cast<int>(memory));
    REQUIRE(number("feature_batches") == static_cast<int>(features));
    REQUIRE(number("rank") == static_cast<int>(Rank));
    REQUIRE(number("input_size") == static_cast<int>(In));
    REQUIRE((number("out_activation_min") == -128 && number("out_activation_max") == 127));
    const auto real = [&](const char* mantissa, const char* shift) {
        return std::ldexp(static_cast<float>(number(mantissa)), number(shift) - 31);
    };
    typename L::Quantized codes{};
    codes.feature_weights = decltype(codes.feature_weights)({}, PerTensor<>{real("multiplier_in", "shift_1")});
    codes.time_weights = decltype(codes.time_weights)({}, PerTensor<>{real("multiplier_out", "shift_2")});
    codes.input = {1.0f, number("input_offset")};
    codes.output = {1.0f, number("output_offset")};
    codes.state = PerTensor<>{1.0f};
    const auto w = read_npy<std::int8_t>(folder / name / "weights_feature.npy");
    const auto t = read_npy<StateElement>(folder / name / "weights_time.npy");
    const auto b = read_npy<std::int32_t>(folder / name / "biases.npy");
    REQUIRE((w.size() == features * In && t.size() == features * memory && b.size() >= Units));
    std::copy(w.begin(), w.end(), codes.feature_weights.data());
    std::copy(t.begin(), t.end(), codes.time_weights.data());
    std::copy(b.begin(), b.begin() + static_cast<std::ptrdiff_t>(Units), codes.bias.data());
    const auto x = read_npy<std::int8_t>(folder / name / "input_sequence.npy");
    const auto before = read_npy<StateElement>(folder / name / "state.npy");
    const auto want = read_npy<std::int8_t>(folder / name / "output_ref.npy");
    const auto batch = static_cast<std::size_t>(number("input_batches"));
    REQUIRE((want.size() == batch * Units && before.size() == batch * features * memory));
    EveryArch::each([&]<class Arch>() {
        const auto layer = pack<Arch>(codes);
        std::vector<std::byte> scratch(layer.workspace_bytes(1) + 64);
        std::vector<std::int8_t> y(want.size());
        for (std::size_t n = 0; n < batch; ++n) {
            auto state = layer.initial_state();  // zeros, as in the unit test of CMSIS-NN
            for (std::size_t step = 0; step < x.size() / (batch * In); ++step)
                layer.step(x.data() + (step * batch + n) * In, state, y.data() + n * Units, scratch);
        }
        INFO(name << " on " << Arch::name);
        CHECK((y == want));
    });
}

}  // namespace

TEST_CASE("CMSIS-NN: SVDF with states of 16 and 8 bits, exactly", "[layer][svdf]") {
    const auto folder = qtensor_test::vector_suite("cmsis_nn");
    if (!folder) {
        WARN("skipped: the conformance vectors are not beside the repository");
        return;
    }
    const qtensor_test::Manifest manifest(*folder / "manifest.json");
    conforms<7, 5, 1, std::int16_t>(*folder, manifest, "svdf_1");
    conforms<7, 5, 2, std::int16_t>(*folder, manifest, "svdf_2");
    conforms<20, 12, 1, std::int8_t>(*folder, manifest, "svdf_int8");
}

TEST_CASE("States that could overflow are refused", "[layer][svdf]") {
    using L = Svdf<1, 1, 1, 4>;
    L::Quantized codes = L::quantized({}, {1.0f, 0}, {4.0f, 0});
    for (std::size_t i = 0; i < 4; ++i) codes.time_weights.data()[i] = 16383;
    CHECK(qtensor_test::refused([&] { pack<arch::scalar>(codes); }) == "nothing was refused");
    for (std::size_t i = 0; i < 4; ++i) codes.time_weights.data()[i] = 16384;
    CHECK(qtensor_test::says(qtensor_test::refused([&] { pack<arch::scalar>(codes); }), "could overflow an int32"));
}
