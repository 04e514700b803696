// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/log_softmax.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::ScalarAndBest;

namespace {

std::vector<double> model(const std::vector<double>& x, std::size_t n) {
    std::vector<double> y;
    for (std::size_t row = 0; row < x.size(); row += n) {
        double sum = 0.0;
        const double largest =
            *std::max_element(x.begin() + static_cast<long>(row), x.begin() + static_cast<long>(row + n));
        for (std::size_t i = 0; i < n; ++i) sum += std::exp(x[row + i] - largest);
        for (std::size_t i = 0; i < n; ++i) y.push_back(x[row + i] - largest - std::log(sum));
    }
    return y;
}

}  // namespace

TEST_CASE("Log-softmax: the codes that TFLite's test publishes", "[layer][log_softmax]") {
    // tflite-micro kernels/log_softmax_test.cc: codes of [-10, 10], in rows of 4; and single ones, whose logarithm is
    // 0.
    const float scale = 20.0f / 255.0f;
    std::vector<std::int8_t> x, y(8);
    for (const float real : {0.0f, -6.0f, 2.0f, 4.0f, 3.0f, -2.0f, 10.0f, 1.0f})
        x.push_back(static_cast<std::int8_t>(oracle::clamped(std::lround(real / scale), -128, 127)));
    log_softmax_rows(LogSoftmaxScaling::of_bytes(scale), x.data(), y.data(), 2, 4);
    CHECK((y == std::vector<std::int8_t>{61, -36, 93, 125, 15, -65, 127, -16}));
    log_softmax_rows(LogSoftmaxScaling::of_bytes(2.0f / 255.0f), x.data(), y.data(), 8, 1);
    CHECK((y == std::vector<std::int8_t>(8, 127)));
}

TEST_CASE("Log-softmax: within a step of the function", "[layer][log_softmax]") {
    oracle::Random random(3);
    const auto check = [&]<class L>(L) {
        static_assert(Layer<L>);
        constexpr std::size_t n = L::output_shape::static_extent(L::output_shape::rank - 1);
        for (const float scale : {0.1f, 0.02f, 0.5f, 0.003f}) {
            const Affine<> in{scale, 7}, out = L::fixed_output(in);
            CHECK(out == Affine<>{0.0625f, 127});
            const auto codes = L::quantized({}, in, out);
            std::vector<std::int8_t> x(input_size<L>);
            for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
            std::vector<double> real;
            for (const std::int8_t code : x) real.push_back(static_cast<double>(scale) * code);
            const auto want = model(real, n);
            double worst = 0.0;
            ScalarAndBest::each([&]<class Arch>() {
                const auto y = qtensor_test::run_layer(pack<Arch>(codes), x, 1, qtensor_test::Flush::back);
                for (std::size_t i = 0; i < y.size(); ++i)
                    worst = std::max(worst, std::fabs(y[i] - std::clamp(want[i] * 16 + 127, -128.0, 127.0)));
            });
            CHECK(worst < 0.6);
        }
        std::vector<float> x(2 * input_size<L>);
        for (float& value : x) value = 5.0f * random.real();
        qtensor_test::check_layer_reals<L, ScalarAndBest>({}, x, 2, [&](const auto& from, std::size_t, auto& bounds) {
            bounds.assign(from.size(), 2e-6);
            return model(std::vector<double>(from.begin(), from.end()), n);
        });
    };
    check(LogSoftmax<Shape<10>>{});
    check(LogSoftmax<Shape<3, 101>>{});
}

TEST_CASE("Log-softmax of equal logits is -ln n, and one far below is the lowest code", "[layer][log_softmax]") {
    for (const std::size_t n : {1u, 2u, 3u, 511u, 512u, 1000u, 4095u}) {
        std::vector<std::int8_t> x(n, 5), y(n);
        log_softmax_rows(LogSoftmaxScaling::of_bytes(0.1f), x.data(), y.data(), 1, n);
        CHECK(std::fabs(y[0] - (127.0 - 16.0 * std::log(static_cast<double>(n)))) < 0.52);
        CHECK(std::all_of(y.begin(), y.end(), [&](std::int8_t code) { return code == y[0]; }));
    }
    const std::int8_t x[2] = {127, -128};
    std::int8_t y[2];
    log_softmax_rows(LogSoftmaxScaling::of_bytes(1.0f), x, y, 1, 2);
    CHECK(y[0] == 127);
    CHECK(y[1] == -128);
    CHECK(qtensor_test::says(
        qtensor_test::refused([&] { log_softmax_rows(LogSoftmaxScaling::of_bytes(1.0f), x, y, 1, 4096); }),
        "more logits in a row"));
}
