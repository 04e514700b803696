// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/normalize.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::EveryArch;
using qtensor_test::refused;
using qtensor_test::says;

namespace {

enum class Kind { layer, rms, l2 };

/// A row in long double.
std::vector<long double> model(Kind kind, const std::vector<long double>& x, long double epsilon, const auto& gain,
                               const auto& bias) {
    const auto n = static_cast<long double>(x.size());
    long double sum = 0, power = 0;
    for (const long double v : x) sum += v;
    const long double mean = kind == Kind::layer ? sum / n : 0;
    for (const long double v : x) power += (v - mean) * (v - mean);
    if (kind != Kind::l2) power = power / n + epsilon;
    std::vector<long double> y;
    for (std::size_t i = 0; i < x.size(); ++i)
        y.push_back((power > 0 ? (x[i] - mean) / std::sqrt(power) : 0) * static_cast<long double>(gain(i)) +
                    static_cast<long double>(bias(i)));
    return y;
}

template <class L>
void check(Kind kind, const typename L::Float& real, const Affine<>& in, const Affine<>& out, const auto& gain,
           const auto& bias) {
    static_assert(Layer<L>);
    constexpr std::size_t n = L::input_shape::static_extent(L::input_shape::rank - 1);
    oracle::Random random(n);
    const auto rows = [&](const auto& x, const auto& value, const auto& body) {
        for (std::size_t at = 0; at < x.size(); at += n) {
            std::vector<long double> row;
            for (std::size_t i = 0; i < n; ++i) row.push_back(value(x[at + i]));
            for (const long double y : model(kind, row, 1e-5L, gain, bias)) body(y);
        }
    };
    const auto codes = L::quantized(real, in, out);
    const auto input = [&](std::size_t count) {
        std::vector<std::int8_t> x(count);
        for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
        for (std::size_t i = 0; i < n && i < count; ++i) x[i] = static_cast<std::int8_t>(in.zero);  // a row of zeros
        return x;
    };
    qtensor_test::check_layer_codes<L, EveryArch>(codes, input, [&](const auto& x, std::size_t) {
        std::vector<std::int64_t> y;
        rows(
            x, [&](std::int8_t q) { return static_cast<long double>(in.value) * (q - in.zero); },
            [&](long double real_y) {
                const long double code = real_y / static_cast<long double>(out.value);
                // Far from ties by far more than a double's last place, with these numbers.
                y.push_back(oracle::clamped(std::llround(static_cast<double>(code)) + out.zero, -128, 127));
            });
        return y;
    });
    std::vector<float> x(2 * input_size<L>);
    for (float& value : x) value = 3.0f * random.real() + 1.0f;
    qtensor_test::check_layer_reals<L, EveryArch>(real, x, 2, [&](const auto& from, std::size_t, auto& bounds) {
        std::vector<double> y;
        rows(
            from, [](float v) { return static_cast<long double>(v); },
            [&](long double real_y) {
                y.push_back(static_cast<double>(real_y));
                bounds.push_back(1e-6 * std::max(1.0, std::fabs(y.back())));
            });
        return y;
    });
}

}  // namespace

TEST_CASE("LayerNorm, RmsNorm and L2Norm: both readings, every architecture", "[layer][normalize]") {
    using Size = Shape<3, 37>;
    LayerNorm<Size>::Float layer{};
    RmsNorm<Size>::Float rms{};
    for (std::size_t i = 0; i < 37; ++i) {
        layer.gain[i] = rms.gain[i] = 0.5f + 0.03f * static_cast<float>(i);
        layer.bias[i] = 0.2f - 0.01f * static_cast<float>(i);
    }
    const Affine<> in{0.03f, -17}, out{0.0231f, 5};
    check<LayerNorm<Size>>(
        Kind::layer, layer, in, out, [&](std::size_t i) { return layer.gain[i]; },
        [&](std::size_t i) { return layer.bias[i]; });
    const auto none = [](std::size_t) { return 0.0f; };
    check<RmsNorm<Size>>(Kind::rms, rms, in, out, [&](std::size_t i) { return rms.gain[i]; }, none);
    const auto one = [](std::size_t) { return 1.0f; };
    check<L2Norm<Size>>(Kind::l2, {}, in, L2Norm<Size>::fixed_output(in), one, none);
    CHECK(L2Norm<Size>::fixed_output(in) == Affine<>{1.0f / 128.0f, 0});
}

TEST_CASE("The scale of the input does not matter but for epsilon", "[layer][normalize]") {
    using L = LayerNorm<Shape<8>>;
    L::Float real{};
    real.epsilon = 0.0;
    const std::vector<std::int8_t> x{1, 5, -7, 100, -128, 127, 0, 3};
    const Affine<> out{0.02f, 0};
    const auto run = [&](const Affine<>& in) {
        const auto codes = L::quantized(real, in, out);
        return qtensor_test::run_layer(pack<arch::native>(codes), x, 1, qtensor_test::Flush::back);
    };
    CHECK(run({1e-3f, 5}) == run({50.0f, -9}));
    real.epsilon = -1.0;
    CHECK(says(refused([&] { pack<arch::native>(real); }), "epsilon is not negative"));
}
