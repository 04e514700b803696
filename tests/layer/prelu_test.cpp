// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/prelu.hpp>

#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::EveryArch;

namespace {
template <class L> void check(const Affine<>& in, const Affine<>& out, std::int32_t alpha_zero, bool xnnpack) {
    static_assert(Layer<L>);
    oracle::Random random(L::channels);
    typename L::Float real{};
    for (float& alpha : real.alpha) alpha = random.real();
    auto codes = L::quantized(real, in, out);
    codes.alpha = decltype(codes.alpha)({}, Affine{codes.alpha.scale().value, alpha_zero});
    for (std::size_t c = 0; c < L::channels; ++c) codes.alpha(c) = static_cast<std::int8_t>(random.between(-128, 127));
    const auto input = [](std::size_t count) {
        std::vector<std::int8_t> x(count);
        for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<std::int8_t>(i / L::channels + 37 * i);
        return x;
    };
    qtensor_test::check_layer_codes<L, EveryArch>(codes, input, [&](const auto& x, std::size_t) {
        std::vector<std::int64_t> y;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const std::int64_t q = x[i] - in.zero;
            volatile float product = in.value * codes.alpha.scale().value;
            const float m = (q < 0 ? static_cast<float>(product) : in.value) / out.value;
            const std::int64_t sum = q < 0 ? q * (codes.alpha(i % L::channels) - alpha_zero) : q;
            y.push_back(xnnpack ? oracle::xnnpack(sum, m, 1.0f, 1.0f, out.zero, -128, 127)
                                : oracle::tflite(sum, m, 1.0f, 1.0f, out.zero, -128, 127));
        }
        return y;
    });
}
}  // namespace

TEST_CASE("p-ReLU: TFLite's rule, every architecture, two dialects", "[layer][prelu]") {
    check<PRelu<Shape<9, 37>>>({0.05f, 10}, {0.04f, -100}, 0, false);
    check<PRelu<Shape<4, 5, 16>>>({0.05f, -128}, {0.11f, 3}, -9, false);
    check<PRelu<Shape<64>, numerics::Xnnpack>>({0.05f, 127}, {0.02f, 40}, 5, true);
}

TEST_CASE("p-ReLU: parameters and the float reading", "[layer][prelu]") {
    using L = PRelu<Shape<2, 3>>;
    L::Float real{{0.25f, -0.5f, 1.27f}};
    const auto codes = L::quantized(real, {0.1f, 0}, {0.1f, 0});
    CHECK(codes.alpha(0) == 25);
    CHECK(codes.alpha(1) == -50);
    CHECK(codes.alpha(2) == 127);
    const std::vector<float> x{-2.0f, -4.0f, 3.0f, 1.0f, 0.0f, -1.0f};
    qtensor_test::check_layer_reals<L, EveryArch>(real, x, 1, [](const auto&, std::size_t, auto& bounds) {
        bounds.assign(6, 1e-6);
        return std::vector<double>{-0.5, 2.0, 3.0, 1.0, 0.0, -1.27};
    });
    CHECK(L::quantized({}, {0.1f, 0}, {0.1f, 0}).alpha.scale().value == 1.0f);
    CHECK(qtensor_test::says(qtensor_test::refused([&] {
                                 return BoundPRelu<std::int8_t, TfLiteDoubleRounding>(Affine{1e9f, 0}, Affine{1.0f, 0},
                                                                                      Affine{1.0f, 0});
                             }),
                             "p-ReLU: s_x / s_y is too far above one for these codes"));
}
