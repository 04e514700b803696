// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/leaky_relu.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"

using namespace qtensor;
using qtensor_test::EveryArch;

namespace {
template <class L> void check(const Affine<>& in, const Affine<>& out, float alpha, bool xnnpack) {
    static_assert(Layer<L>);
    const auto input = [](std::size_t count) {
        std::vector<std::int8_t> x(count);
        for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<std::int8_t>(i);
        return x;
    };
    qtensor_test::check_layer_codes<L, EveryArch>(L::quantized({}, in, out), input, [&](const auto& x, std::size_t) {
        std::vector<std::int64_t> y;
        for (const std::int8_t q : x) {
            volatile float product = in.value * alpha;
            const float m = (q < in.zero ? static_cast<float>(product) : in.value) / out.value;
            y.push_back(xnnpack ? oracle::xnnpack(q - in.zero, m, 1.0f, 1.0f, out.zero, -128, 127)
                                : oracle::tflite(q - in.zero, m, 1.0f, 1.0f, out.zero, -128, 127));
        }
        return y;
    });
}
}  // namespace

TEST_CASE("Leaky ReLU: every code, every architecture, two dialects", "[layer][leaky_relu]") {
    using Size = Shape<257>;
    check<LeakyRelu<Size, Ratio<3, 10>>>({0.05f, 10}, {0.04f, -100}, 0.3f, false);
    check<LeakyRelu<Size>>({0.05f, -128}, {0.11f, 3}, 0.01f, false);
    check<LeakyRelu<Size, Ratio<1, 4>, numerics::Xnnpack>>({0.05f, 127}, {0.02f, 40}, 0.25f, true);
    const std::vector<float> x{-2.0f, 3.0f, -0.0f, 0.5f};
    qtensor_test::check_layer_reals<LeakyRelu<Shape<4>, Ratio<1, 4>>, EveryArch>(
        {}, x, 1, [](const auto&, std::size_t, auto& bounds) {
            bounds.assign(4, 0.0);
            return std::vector<double>{-0.5, 3.0, 0.0, 0.5};
        });
}
