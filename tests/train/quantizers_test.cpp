// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/oracle.hpp"

#include <qtensor/layer/dense.hpp>
#include <qtensor/train/quantizers.hpp>
#include <qtensor/train/weighted.hpp>

using namespace qtensor;

namespace {

bool near(double a, double b, double tolerance = 1e-4) { return std::fabs(a - b) <= tolerance * (1.0 + std::fabs(b)); }

/// What a quantizer makes of numbers, by fake_quantize at its scale.
template <class Quantizer> struct Run {
    std::vector<float> x, y;
    std::vector<Clip> clips;
    Affine<> scale{};

    Run(Quantizer& quantizer, std::vector<float> numbers) : x(std::move(numbers)) {
        scale = quantizer.template scale<Affine<>, std::int8_t>();
        for (const float value : x) {
            const auto made = fake_quantize<std::int8_t>(value, scale.value, scale.zero);
            y.push_back(made.value);
            clips.push_back(made.clip);
        }
    }
    std::vector<float> backward(Quantizer& quantizer, std::vector<float> dy) {
        quantizer.template backward<std::int8_t>(Seen<Affine<>>{x, y, clips, scale, x.size()}, std::span<float>(dy));
        return dy;
    }
};

std::vector<Parameter> parameters_of(auto& quantizer) {
    std::vector<Parameter> all;
    quantizer.each_parameter([&](const Parameter& p) { all.push_back(p); });
    return all;
}

}  // namespace

TEST_CASE("quantizers: an observed range freezes after its passes") {
    Observed<> observed(MinMax{}, 2);
    observed.observe(std::vector<float>{-1.0f, 2.0f});
    observed.observe(std::vector<float>{0.0f, 4.1f});
    observed.observe(std::vector<float>{-100.0f, 100.0f});  // too late
    const auto scale = observed.scale<Affine<>, std::int8_t>();
    CHECK(near(static_cast<double>(scale.value), 5.1 / 255));
    Run run(observed, {-2.0f, 0.0f, 4.0f, 5.0f});
    CHECK(run.backward(observed, {1, 2, 3, 4}) == std::vector<float>{0, 2, 3, 0});
    CHECK(parameters_of(observed).empty());
}

TEST_CASE("quantizers: a learnt step begins with the first range and follows its slope") {
    LearnedStep step;
    CHECK(step.scale<Affine<>, std::int8_t>() == fit_affine<std::int8_t>(Range{}));  // nothing seen: not remembered
    step.observe(std::vector<float>{-1.0f, 4.1f});
    step.observe(std::vector<float>{-100.0f});  // only the first
    Run run(step, {-1.5f, -0.297f, 0.706f, 2.043f, 9.0f});
    CHECK(near(static_cast<double>(run.scale.value), 5.1 / 255));
    const std::vector<float> dy{1.0f, -2.0f, 0.5f, 3.0f, -1.0f};
    CHECK(run.backward(step, dy) == std::vector<float>{0.0f, -2.0f, 0.5f, 3.0f, 0.0f});

    // LSQ: the slope of s is that of sum dy s (x / s + r) with the roundings r held, times 1 / sqrt(n 127); clipped
    // codes follow s whole. As a logarithm to base 2: times s ln 2.
    const double s = static_cast<double>(run.scale.value), z = run.scale.zero;
    double wanted = 0.0;
    for (std::size_t i = 0; i < dy.size(); ++i) {
        const double ratio = static_cast<double>(run.x[i]) / s;
        const double q = std::round(ratio) + z;
        const double slope = q < -128 ? -128 - z : q > 127 ? 127 - z : std::round(ratio) - ratio;
        wanted += static_cast<double>(dy[i]) * slope;
    }
    wanted *= s * std::log(2.0) / std::sqrt(5.0 * 127.0);
    const auto parameters = parameters_of(step);
    REQUIRE(parameters.size() == 1);
    CHECK(near(static_cast<double>(parameters[0].slopes[0]), wanted));
    parameters[0].values[0] = -1.0f;
    CHECK(step.scale<Affine<>, std::int8_t>().value == run.scale.value / 2);
    CHECK(step.scale<Affine<>, std::int8_t>().zero == run.scale.zero);
    CHECK(step.scale<PowerOfTwoPerTensor, std::int8_t>().scale() == exp2i(power_of_two_above(run.scale.value / 2)));
}

TEST_CASE("quantizers: PACT clips at a bound that learns") {
    Pact pact;
    pact.observe(std::vector<float>{-3.0f, 2.0f});
    pact.observe(std::vector<float>{7.0f});  // the bound is what learns from here
    Run run(pact, {-0.5f, 0.0f, 1.0f, 1.99f, 2.0f, 5.0f});
    CHECK(near(static_cast<double>(run.scale.value), 2.0 / 255));
    CHECK(run.scale.zero == -128);
    CHECK(run.backward(pact, {1, 2, 3, 4, 5, 6}) == std::vector<float>{0, 2, 3, 4, 0, 0});
    const auto parameters = parameters_of(pact);
    REQUIRE(parameters.size() == 1);
    CHECK(near(static_cast<double>(parameters[0].slopes[0]), (5.0 + 6.0) * 2.0 * std::log(2.0)));
    Pact fixed(6.0f);
    fixed.observe(std::vector<float>{100.0f});
    CHECK(near(static_cast<double>(fixed.scale<Affine<>, std::uint8_t>().value), 6.0 / 255));
}

namespace {

struct FourPerOutput : numerics::TfLite {
    using weight = int4;
};
struct FourPerTensor : FourPerOutput {
    template <std::size_t> using weight_scale = PerTensor<>;
};

/// Weights [3][8] with a step for each `share` of them: LSQ's start, and the slopes of weights and steps.
template <class N> void check_steps(std::size_t share) {
    using L = Dense<8, 3, Identity, N>;
    const std::size_t channels = 24 / share;
    typename L::Float real{};
    oracle::Random random(3);
    for (std::size_t i = 0; i < 24; ++i) real.weights.data()[i] = random.real() * (i < 8 ? 0.1f : 1.0f);
    real.weights(2, 0) = 20.0f;  // the largest weight alone would make its step coarse
    LearnedSteps steps;
    CHECK(parameters_of(steps).empty());
    const auto codes = steps.quantized<L>(real, Affine{0.1f, 3}, Affine<>{});
    const auto weight = [&](std::size_t i) { return static_cast<double>(real.weights.data()[i]); };
    for (std::size_t c = 0; c < channels; ++c) {
        double mean = 0.0, largest = 0.0;
        for (std::size_t i = c * share; i < (c + 1) * share; ++i) {
            mean += std::fabs(weight(i)) / static_cast<double>(share);
            largest = std::max(largest, std::fabs(weight(i)));
        }
        const double wanted = std::min(2.0 * mean / std::sqrt(7.0), largest / 7.0);
        CHECK(near(static_cast<double>(codes.weights.scale().scale(c)), wanted));
    }
    CHECK(codes.weights(2, 0) == 7);

    typename L::Float slope{};
    for (std::size_t i = 0; i < 24; ++i) slope.weights.data()[i] = random.real();
    const typename L::Float dy = slope;
    steps.backward<L>(real, codes, slope);
    const auto parameters = parameters_of(steps);
    REQUIRE(parameters.size() == 1);
    REQUIRE(parameters[0].values.size() == channels);
    for (std::size_t c = 0; c < channels; ++c) {
        const double s = static_cast<double>(codes.weights.scale().scale(c));
        double wanted = 0.0;
        for (std::size_t i = c * share; i < (c + 1) * share; ++i) {
            const double ratio = weight(i) / s, whole = std::round(ratio);
            const bool inside = whole >= -8 && whole <= 7;
            CHECK(slope.weights.data()[i] == (inside ? dy.weights.data()[i] : 0.0f));
            wanted += static_cast<double>(dy.weights.data()[i]) * (inside ? whole - ratio : whole < 0 ? -8.0 : 7.0);
        }
        wanted *= s * std::log(2.0) / std::sqrt(static_cast<double>(share) * 7.0);
        CHECK(near(static_cast<double>(parameters[0].slopes[c]), wanted));
    }
    parameters[0].values[channels - 1] = 1.0f;
    const auto coarser = steps.quantized<L>(real, Affine{0.1f, 3}, Affine<>{});
    for (std::size_t c = 0; c < channels; ++c) {
        const float factor = c + 1 == channels ? 2.0f : 1.0f;
        CHECK(coarser.weights.scale().scale(c) == factor * codes.weights.scale().scale(c));
    }
}

}  // namespace

TEST_CASE("quantizers: steps of weights, per output and per tensor") {
    check_steps<FourPerOutput>(8);
    check_steps<FourPerTensor>(24);
}
