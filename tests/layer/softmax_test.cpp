// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/softmax.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"

using namespace qtensor;
using qtensor_test::EveryArch;

namespace {
struct Wide : numerics::TfLite {
    using activation = std::int16_t;
};
struct Unsigned : numerics::TfLite {
    using activation = std::uint8_t;
};
}  // namespace

TEST_CASE("Softmax layers: both readings, every architecture", "[layer][softmax]") {
    using L = Softmax<Shape<2, 21>>;
    static_assert(Layer<L>);
    oracle::Random random(2);
    const Affine<> in{0.07f, 30};
    CHECK(L::fixed_output(in) == Affine<>{1.0f / 256.0f, -128});
    CHECK(Softmax<Shape<3>, Wide>::fixed_output(in) == Affine<>{1.0f / 32768.0f, 0});
    CHECK(Softmax<Shape<3>, Unsigned>::fixed_output(in) == Affine<>{1.0f / 256.0f, 0});
    const auto input = [&](std::size_t count) {
        std::vector<std::int8_t> x(count);
        for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
        return x;
    };
    qtensor_test::check_layer_codes<L, EveryArch>(
        L::quantized({}, in, L::fixed_output(in)), input, [&](const auto& x, std::size_t batch) {
            std::vector<std::int64_t> y;  // far from ties the nearest code is what fixed point makes too
            for (std::size_t row = 0; row < 2 * batch; ++row) {
                std::vector<std::int8_t> codes(x.begin() + static_cast<std::ptrdiff_t>(21 * row),
                                               x.begin() + static_cast<std::ptrdiff_t>(21 * row + 21)),
                    made(21);
                softmax_rows<std::int8_t, std::int8_t, TfLiteDoubleRounding, arch::scalar>(
                    SoftmaxScaling::of_bytes(0.07f), codes.data(), made.data(), 1, 21);
                y.insert(y.end(), made.begin(), made.end());
            }
            return y;
        });
    std::vector<float> x(3 * 42);
    for (float& value : x) value = 9.0f * random.real();
    qtensor_test::check_layer_reals<L, EveryArch>({}, x, 3, [&](const auto& from, std::size_t, auto& bounds) {
        std::vector<double> y;
        for (std::size_t row = 0; row < 6; ++row) {
            double sum = 0.0;
            for (std::size_t i = 0; i < 21; ++i) sum += std::exp(static_cast<double>(from[21 * row + i]));
            for (std::size_t i = 0; i < 21; ++i) {
                y.push_back(std::exp(static_cast<double>(from[21 * row + i])) / sum);
                bounds.push_back(y.back() * 30.0 / 16777216.0);
            }
        }
        return y;
    });
}

TEST_CASE("Softmax of 16 bits and of unsigned bytes", "[layer][softmax]") {
    const auto probability = [](const auto& y, const Affine<>& scale, std::size_t i) {
        return static_cast<double>(scale.value) * (y[i] - scale.zero);
    };
    const auto check = [&]<class L>(const L&, auto code, Affine<> in) {
        const std::vector<decltype(code)> x{static_cast<decltype(code)>(code), 0,
                                            static_cast<decltype(code)>(code / 2)};
        const Affine<> out = L::fixed_output(in);
        double sum = 0.0;
        for (const auto q : x) sum += std::exp(static_cast<double>(in.value) * (q - in.zero));
        EveryArch::each([&]<class Arch>() {
            const auto y =
                qtensor_test::run_layer(pack<Arch>(L::quantized({}, in, out)), x, 1, qtensor_test::Flush::back);
            for (std::size_t i = 0; i < 3; ++i) {
                const double want = std::exp(static_cast<double>(in.value) * (x[i] - in.zero)) / sum;
                CHECK(std::fabs(probability(y, out, i) - want) < 0.005);
            }
        });
    };
    check(Softmax<Shape<3>, Wide>{}, std::int16_t{20000}, {1e-4f, 0});
    check(Softmax<Shape<3>, Unsigned>{}, std::uint8_t{200}, {0.01f, 100});
}
