// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What holds for every recurrent layer: its readings against a model in double, and steps with the bits of sequences.

#include "catch.hpp"

#include <qtensor/layer/layer.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "layer_runs.hpp"
#include "oracle.hpp"

namespace qtensor_test {

constexpr auto sigmoid = [](double v) { return 1.0 / (1.0 + std::exp(-v)); };

/// Parameters of a layer with gates.
template <class L> typename L::Float random_gates(oracle::Random& random) {
    typename L::Float real{};
    const auto fill = [&](auto& tensor, float size) {
        for (std::size_t i = 0; i < tensor.size(); ++i) tensor.data()[i] = size * random.real();
    };
    fill(real.input_weights, 0.8f);
    fill(real.hidden_weights, 0.5f);
    fill(real.bias, 0.3f);
    if constexpr (requires { real.hidden_bias; }) fill(real.hidden_bias, 0.3f);
    return real;
}

/// Steps from a state of the caller's own give the bits of sequences, y.
template <class Packed, class X, class Y>
void check_streaming(const Packed& layer, const std::vector<X>& x, const std::vector<Y>& y) {
    constexpr std::size_t steps = Packed::layer::input_shape::static_extent(0);
    std::vector<std::byte> scratch(layer.workspace_bytes(1) + 64);
    std::vector<Y> streamed(y.size());
    for (std::size_t t = 0; t < x.size() / Packed::in;) {
        auto state = layer.initial_state();
        for (const std::size_t end = t + steps; t < end; ++t)
            layer.step(x.data() + Packed::in * t, state, streamed.data() + Packed::out * t, scratch);
    }
    CHECK(streamed == y);
}

/// Every architecture makes the same y, steps as sequences. How far its worth is from `want` at the most.
template <class Arches, class X, class Worth>
double worst_of_sequences(const auto& codes, const std::vector<X>& x, const std::vector<double>& want,
                          const Worth& worth) {
    std::vector<X> first;
    double worst = 0.0;
    Arches::each([&]<class Arch>() {
        const auto layer = qtensor::pack<Arch>(codes);
        const auto y =
            run_layer(layer, x, x.size() / qtensor::input_size<typename decltype(layer)::layer>, Flush::back);
        if (first.empty()) first = y;
        INFO(Arch::name);
        CHECK(y == first);
        for (std::size_t i = 0; i < y.size(); ++i) worst = std::max(worst, std::fabs(worth(y[i]) - want[i]));
        check_streaming(layer, x, y);
    });
    return worst;
}

/// A layer with gates, from numbers in [-1, 1] to numbers in [-1, 1]: its float reading is `model(real, x)` within
/// real_bound, its integer reading within code_bound.
template <class L, class Arches, class Model>
void check_gates(const Model& model, double real_bound, double code_bound) {
    oracle::Random random(5);
    const auto real = random_gates<L>(random);
    std::vector<float> x(3 * qtensor::input_size<L>);
    for (float& value : x) value = random.real();
    check_layer_reals<L, Arches>(real, x, 3, [&](const auto& from, std::size_t, auto& bounds) {
        const auto y = model(real, from);
        bounds.assign(y.size(), real_bound);
        return y;
    });

    const qtensor::Affine<> in{2.0f / 255.0f, 0}, out{2.0f / 255.0f, 3};
    std::vector<std::int8_t> q(x.size());
    std::vector<float> exact(x.size());
    for (std::size_t i = 0; i < q.size(); ++i) {
        q[i] = static_cast<std::int8_t>(oracle::clamped(std::lround(x[i] / in.value), -128, 127));
        exact[i] = in.value * static_cast<float>(q[i]);
    }
    const auto worth = [&](std::int8_t code) { return static_cast<double>(out.value) * (code - out.zero); };
    CHECK(worst_of_sequences<Arches>(L::quantized(real, in, out), q, model(real, exact), worth) < code_bound);
}

}  // namespace qtensor_test
