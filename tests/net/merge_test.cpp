// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/conv2d.hpp>
#include <qtensor/layer/dense.hpp>
#include <qtensor/layer/functions.hpp>
#include <qtensor/layer/lookup.hpp>
#include <qtensor/net/merge.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/backwards.hpp"
#include "support/layer_runs.hpp"
#include "support/net_oracle.hpp"
#include "support/probe_layer.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::Probe;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::ScalarAndBest;
using qtensor_test::visits;

namespace {

using Body = Sequential<Dense<12, 20, Relu>, Dense<20, 12>>;

/// TFLite's sum of codes once more.
std::int64_t sum_of(std::int64_t a, const Affine<>& sa, std::int64_t b, const Affine<>& sb, const Affine<>& sy) {
    const double largest = 2.0 * std::max(static_cast<double>(sa.value), static_cast<double>(sb.value));
    const auto scaled = [&](std::int64_t x, const Affine<>& s) {
        const auto words = oracle::tflite_words(static_cast<double>(s.value) / largest);
        return oracle::tflite_multiply((x - s.zero) * (std::int64_t{1} << 20), words.mantissa, words.shift);
    };
    const auto out = oracle::tflite_words(largest / (1048576.0 * static_cast<double>(sy.value)));
    return oracle::clamped(oracle::tflite_multiply(scaled(a, sa) + scaled(b, sb), out.mantissa, out.shift) + sy.zero,
                           -128, 127);
}

const Affine<> x_scale{0.02f, 3}, middle{0.03f, -128}, end{0.05f, 10}, y_scale{0.06f, -4};

std::vector<std::int8_t> random_codes(std::size_t count, oracle::Random& random) {
    std::vector<std::int8_t> x(count);
    for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
    return x;
}

}  // namespace

TEST_CASE("A residual adds what its layers make of the input", "[net][merge]") {
    using L = Residual<Dense<12, 20, Relu>, Dense<20, 12>>;
    static_assert(Layer<L>);
    STATIC_REQUIRE(L::macs == 2 * 240 + 12);
    STATIC_REQUIRE(L::weight_bytes == 480);
    oracle::Random random(1);
    std::size_t at = 0;
    const auto body_real = oracle::random_net<Body>(random);
    const auto body = oracle::quantized_net<Body>(body_real, {x_scale, middle, end}, at);
    const L::Quantized codes({x_scale, x_scale}, body, y_scale);
    const auto layers = oracle::integer_net<Body>(body);
    const auto input = [&](std::size_t count) { return random_codes(count, random); };
    qtensor_test::check_layer_codes<L, ScalarAndBest>(codes, input, [&](const auto& x, std::size_t batch) {
        auto y = oracle::run(layers, std::vector<std::int64_t>(x.begin(), x.end()), batch);
        for (std::size_t i = 0; i < y.size(); ++i) y[i] = sum_of(x[i], x_scale, y[i], end, y_scale);
        return y;
    });
    L::Float real({}, body_real);
    const std::vector<float> x(24, 0.75f);
    qtensor_test::check_layer_reals<L, ScalarAndBest>(
        real, x, 2, [&](const auto& from, std::size_t batch, auto& bounds) {
            const auto made =
                oracle::run(oracle::real_net<Body>(body_real), std::vector<double>(from.begin(), from.end()), batch);
            auto y = made.y;
            for (std::size_t i = 0; i < y.size(); ++i) y[i] += 0.75, bounds.push_back(made.bound[i] + 1e-6);
            return y;
        });
}

TEST_CASE("Two ways of layers meet, an activation follows, and networks hold them", "[net][merge]") {
    using A = Dense<12, 7>;
    using B = Sequential<Dense<12, 9, Relu>, Dense<9, 7>>;
    using L = Sequential<Merge<Add, Relu, A, B>, Dense<7, 3>>;
    oracle::Random random(9);
    std::size_t at = 0;
    const Affine<> a_end{0.07f, 20};
    const auto a = A::quantized(oracle::random_dense<A>(random), x_scale, a_end);
    const auto b = oracle::quantized_net<B>(oracle::random_net<B>(random), {x_scale, middle, end}, at);
    const auto last = Dense<7, 3>::quantized(oracle::random_dense<Dense<7, 3>>(random), y_scale, end);
    const L::Quantized codes({a, b, y_scale}, last);
    const auto input = [&](std::size_t count) { return random_codes(count, random); };
    const auto want = [&](const auto& x, std::size_t batch) {
        const std::vector<std::int64_t> from(x.begin(), x.end());
        const auto left = oracle::integer_dense<A>(a)(from, batch);
        auto y = oracle::run(oracle::integer_net<B>(b), from, batch);
        for (std::size_t i = 0; i < y.size(); ++i)
            y[i] = std::max<std::int64_t>(sum_of(left[i], a_end, y[i], end, y_scale), y_scale.zero);
        return oracle::integer_dense<Dense<7, 3>>(last)(y, batch);
    };
    ScalarAndBest::each([&]<class Arch>() {
        const auto net = pack<Arch>(codes);
        for (const std::size_t batch : {1u, 5u}) {
            const auto x = input(batch * 12);
            std::vector<std::int8_t> y(batch * 3);
            qtensor_test::BetweenGuards<std::byte> arena(net.arena_bytes_for(batch), qtensor_test::Flush::back);
            net.run(x.data(), y.data(), batch, arena.span());
            CHECK(arena.clean());
            INFO(Arch::name);
            CHECK((std::vector<std::int64_t>(y.begin(), y.end()) == want(x, batch)));
        }
    });
    const auto x = input(24);
    const QTensor<const std::int8_t, Affine<>, Shape<2, 12>> tensor(x.data(), {}, x_scale);
    const auto y = pack<arch::scalar>(codes)(tensor);  // the way of constant evaluation
    const auto same = want(x, 2);
    for (std::size_t i = 0; i < 6; ++i) CHECK(y.data()[i] == same[i]);
}

TEST_CASE("Nothing that a merge still needs is overwritten", "[net][merge]") {
    // Probes scribble over all of their scratch; every input and scratch has to survive its layer.
    struct Bundle : numerics::TfLite {};
    using P = Probe<40, 40, 100>;
    using Q = Probe<40, 40, 30>;
    using L = Merge<Maximum, Identity, Sequential<P, Q>, Sequential<Q, P, Q>, Bundle>;
    STATIC_REQUIRE(L::Quantized::packed<arch::scalar>::workspace_bytes(1) ==
                   64 + std::max(arena_round(40) + arena_round(100), arena_round(40) * 2 + arena_round(100)));
    const auto probe = [](std::uint8_t seed) { return P::Float{seed, {}, {}}; };
    const auto small = [](std::uint8_t seed) { return Q::Float{seed, {}, {}}; };
    const L::Quantized codes({probe(1), small(2)}, {small(3), probe(4), small(5)}, {});
    const auto layer = pack<arch::scalar>(codes);
    visits().clear();
    const std::vector<std::int8_t> x(3 * 40, 7);
    const auto y = qtensor_test::run_layer(layer, x, 3, qtensor_test::Flush::back);
    CHECK(visits().size() == 5);
    for (const auto& visit : visits()) CHECK(visit.input_survived);
    // The codes are those of the ways run by themselves.
    const auto alone = [&](const auto& parameters) {
        return qtensor_test::run_layer(pack<arch::scalar>(parameters), x, 3, qtensor_test::Flush::front);
    };
    const auto a = alone(get<0>(codes)), b = alone(get<1>(codes));
    for (std::size_t i = 0; i < y.size(); ++i) REQUIRE(y[i] == std::max(a[i], b[i]));
}

TEST_CASE("A sum is divided among workers", "[net][merge]") {
    using L = Residual<Lookup<Shape<70003>, Tanh>>;
    const L::Quantized codes({x_scale, x_scale}, {{x_scale, {0.0078125f, 0}}}, y_scale);
    const auto layer = pack<arch::native>(codes);
    oracle::Random random(8);
    const auto x = random_codes(70003, random);
    std::vector<std::int8_t> whole(70003), divided(70003);
    std::vector<std::byte> workspace(layer.workspace_bytes(1, 2));
    layer.run(x.data(), whole.data(), 1, workspace);
    std::vector<std::size_t> asked;
    layer.run(x.data(), divided.data(), 1, workspace, qtensor_test::Backwards{2, &asked});
    CHECK((asked == std::vector<std::size_t>{2, 2}));  // the table, the sum
    CHECK(divided == whole);
}

TEST_CASE("Two ways that do not begin at one scale are refused", "[net][merge]") {
    using A = Dense<2, 2>;
    using L = Merge<Add, Identity, A, Dense<2, 2, Relu>>;
    const L::Quantized good(A::quantized({}, x_scale, end), Dense<2, 2, Relu>::quantized({}, x_scale, middle), y_scale);
    CHECK(refused([&] { pack<arch::native>(good); }) == "nothing was refused");
    const L::Quantized bad(A::quantized({}, end, end), Dense<2, 2, Relu>::quantized({}, x_scale, middle), y_scale);
    CHECK(says(refused([&] { pack<arch::native>(bad); }), "two ways that begin together take the same scale"));
}
