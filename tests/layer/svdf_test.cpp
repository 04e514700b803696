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
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"
#include "support/recurrent_checks.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::ScalarAndBest;
using qtensor_test::Flush;

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
    qtensor_test::check_layer_reals<L, ScalarAndBest>(real, x, 3, [&](const auto&, std::size_t, auto& bounds) {
        bounds.assign(want.size(), 2e-5);
        return want;
    });
    const auto codes = L::quantized(real, in, out);
    std::vector<std::int8_t> first;
    ScalarAndBest::each([&]<class Arch>() {
        const auto layer = pack<Arch>(codes);
        const auto y = qtensor_test::run_layer(layer, q, 3, Flush::back);
        if (first.empty()) first = y;
        INFO(Arch::name);
        CHECK(y == first);
        for (std::size_t i = 0; i < y.size(); ++i)
            REQUIRE(std::fabs(static_cast<double>(out.value) * (y[i] - out.zero) - std::min(want[i], 0.05 * 227)) <
                    0.08);
        qtensor_test::check_streaming(layer, q, y);
    });
}

TEST_CASE("States that could overflow are refused", "[layer][svdf]") {
    using L = Svdf<1, 1, 1, 4>;
    L::Quantized codes = L::quantized({}, {1.0f, 0}, {4.0f, 0});
    for (std::size_t i = 0; i < 4; ++i) codes.time_weights.data()[i] = 16383;
    CHECK(qtensor_test::refused([&] { pack<arch::scalar>(codes); }) == "nothing was refused");
    for (std::size_t i = 0; i < 4; ++i) codes.time_weights.data()[i] = 16384;
    CHECK(qtensor_test::says(qtensor_test::refused([&] { pack<arch::scalar>(codes); }), "could overflow an int32"));
}
