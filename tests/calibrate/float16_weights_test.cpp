// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/float16_weights.hpp>
#include <qtensor/heap/aligned_bytes.hpp>
#include <qtensor/layer/conv2d.hpp>
#include <qtensor/layer/dense.hpp>
#include <qtensor/layer/gru.hpp>
#include <qtensor/layer/lstm.hpp>

#include <cmath>
#include <vector>

#include "support/arches.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"

using namespace qtensor;

namespace {

using Net = Sequential<Conv2d<Shape<5, 4, 2>, 3, Kernel<3, 3, Same>, Relu>, Dense<60, 4>>;

Net::Float random_net() {
    oracle::Random random(1);
    Net::Float real{};
    oracle::fill_layer(get<0>(real), random);
    oracle::fill_layer(get<1>(real), random);
    return real;
}

/// Eleven bits of mantissa, ties to even.
float halved(float value) {
    int exponent = 0;
    const double mantissa = std::frexp(static_cast<double>(value), &exponent);
    return static_cast<float>(std::ldexp(std::nearbyint(std::ldexp(mantissa, 11)), exponent - 11));
}

}  // namespace

TEST_CASE("weights are rounded to float16, biases are not", "[float16_weights]") {
    const Net::Float real = random_net();
    const auto half = float16_weights(real);
    std::size_t changed = 0;
    const auto check = [&](const auto& made, const auto& from) {
        for (std::size_t i = 0; i < from.weights.size(); ++i) {
            CHECK(static_cast<float>(made.weights.data()[i]) == halved(from.weights.data()[i]));
            changed += halved(from.weights.data()[i]) != from.weights.data()[i] ? 1 : 0;
        }
        for (std::size_t i = 0; i < from.bias.size(); ++i) CHECK(made.bias(i) == from.bias(i));
    };
    check(get<0>(half), get<0>(real));
    check(get<1>(half), get<1>(real));
    CHECK(changed > 200);
    STATIC_REQUIRE(weight_bytes<Net::Float> == 4 * (54 + 240));
    STATIC_REQUIRE(weight_bytes<decltype(float16_weights(real))> == 2 * (54 + 240));
    STATIC_REQUIRE(weight_bytes<Net::Quantized> == 54 + 240);
}

TEST_CASE("a float16 network is the float network with rounded weights", "[float16_weights]") {
    const Net::Float real = random_net();
    Net::Float rounded = real;
    const auto round = [](auto& layer) {
        for (std::size_t i = 0; i < layer.weights.size(); ++i)
            layer.weights.data()[i] = halved(layer.weights.data()[i]);
    };
    round(get<0>(rounded));
    round(get<1>(rounded));
    const auto half = float16_weights(real);
    oracle::Random random(2);
    constexpr std::size_t batch = 7;
    std::vector<float> x(batch * 40);
    for (float& value : x) value = random.real();
    qtensor_test::ScalarAndBest::each([&]<class Arch>() {
        const auto model = pack<Arch>(half);
        const auto same = pack<Arch>(rounded);
        const AlignedBytes arena(std::max(model.arena_bytes_for(batch), same.arena_bytes_for(batch)));
        std::vector<float> y(batch * 4), wanted(batch * 4);
        model.run(x.data(), y.data(), batch, arena.span());
        same.run(x.data(), wanted.data(), batch, arena.span());
        INFO(Arch::name);
        CHECK(y == wanted);
    });
}

namespace {

template <class L> void check_gates(std::uint64_t seed) {
    oracle::Random random(seed);
    const auto draw = [&](auto& tensor) {
        for (std::size_t i = 0; i < tensor.size(); ++i) tensor.data()[i] = random.real();
    };
    typename L::Float real{};
    draw(real.input_weights);
    draw(real.hidden_weights);
    draw(real.bias);
    if constexpr (requires { real.hidden_bias; }) draw(real.hidden_bias);
    typename L::Float rounded = real;
    for (std::size_t i = 0; i < rounded.input_weights.size(); ++i)
        rounded.input_weights.data()[i] = halved(rounded.input_weights.data()[i]);
    for (std::size_t i = 0; i < rounded.hidden_weights.size(); ++i)
        rounded.hidden_weights.data()[i] = halved(rounded.hidden_weights.data()[i]);
    const auto half = float16_weights(real);
    STATIC_REQUIRE(weight_bytes<std::remove_const_t<decltype(half)>> == 2 * L::rows * 7);
    std::vector<float> x(2 * input_size<L>), y(2 * output_size<L>), wanted(y.size());
    for (float& value : x) value = random.real();
    const auto model = pack<arch::native>(half);
    const auto same = pack<arch::native>(rounded);
    const AlignedBytes workspace(std::max(model.workspace_bytes(2), same.workspace_bytes(2)));
    model.run(x.data(), y.data(), 2, workspace.span());
    same.run(x.data(), wanted.data(), 2, workspace.span());
    CHECK(y == wanted);
}

}  // namespace

TEST_CASE("recurrent layers have float16 weights, too", "[float16_weights]") {
    check_gates<Lstm<3, 3, 4>>(3);
    check_gates<Gru<3, 3, 4>>(4);
}

TEST_CASE("weights that float16 does not hold are refused", "[float16_weights]") {
    for (const float weight : {65520.0f, -1e6f, std::nanf("")}) {
        Net::Float real = random_net();
        get<1>(real).weights(2, 7) = weight;
        CHECK(qtensor_test::says(qtensor_test::refused([&] { static_cast<void>(float16_weights(real)); }),
                                 "a weight is beyond what float16 holds"));
    }
    Net::Float real = random_net();
    get<1>(real).weights(2, 7) = 65504.0f;
    CHECK(static_cast<float>(get<1>(float16_weights(real)).weights(2, 7)) == 65504.0f);
}
