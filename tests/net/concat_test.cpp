// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/conv2d.hpp>
#include <qtensor/layer/dense.hpp>
#include <qtensor/layer/pool2d.hpp>
#include <qtensor/net/concat.hpp>

#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::Flush;
using qtensor_test::refused;
using qtensor_test::run_layer;
using qtensor_test::says;
using qtensor_test::ScalarAndBest;

namespace {

using S = Shape<4, 5, 6>;
using A = Conv2d<S, 3, Kernel<1, 1>>;
using B = Sequential<Conv2d<S, 4, Kernel<3, 3, Same>, Relu>, Conv2d<Shape<4, 5, 4>, 7, Kernel<1, 1>>>;
using C = MaxPool2d<S, Kernel<3, 3, Same>>;
using L = Concat<A, B, C, Skip<S>>;
static_assert(Layer<L>);
static_assert(std::is_same_v<L::output_shape, Shape<4, 5, 3 + 7 + 6 + 6>>);
static_assert(L::macs == A::macs + B::macs + C::macs);

const Affine<> x_scale{0.02f, 3}, middle{0.03f, -128}, y_scale{0.05f, 10}, other{0.07f, -20};

template <class Layer> typename Layer::Float random_layer(oracle::Random& random) {
    typename Layer::Float real{};
    for (std::size_t i = 0; i < real.weights.size(); ++i) real.weights.data()[i] = random.real();
    for (std::size_t i = 0; i < real.bias.size(); ++i) real.bias(i) = random.real();
    return real;
}

}  // namespace

TEST_CASE("Ways side by side: each in its columns, at the scale of the result", "[net][concat]") {
    oracle::Random random(6);
    using B0 = B::layer<0>;
    using B1 = B::layer<1>;
    const L::Float real(random_layer<A>(random), {random_layer<B0>(random), random_layer<B1>(random)}, {}, {});
    const L::Quantized codes(
        y_scale, A::quantized(get<0>(real), x_scale, other),
        {B0::quantized(get<0>(get<1>(real)), x_scale, middle), B1::quantized(get<1>(get<1>(real)), middle, y_scale)},
        {x_scale, x_scale}, {x_scale, x_scale});
    std::vector<std::int8_t> x(2 * 120);
    for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
    ScalarAndBest::each([&]<class Arch>() {
        const auto y = run_layer(pack<Arch>(codes), x, 2, Flush::back);
        const auto a = run_layer(pack<Arch>(get<0>(codes)), x, 2, Flush::back);
        const auto b = run_layer(pack<Arch>(get<1>(codes)), x, 2, Flush::back);
        const auto c = run_layer(pack<Arch>(get<2>(codes)), x, 2, Flush::back);
        const auto moved = [](std::int8_t code, const Affine<>& from) {
            return oracle::tflite(code - from.zero, from.value, 1.0f, y_scale.value, y_scale.zero, -128, 127);
        };
        INFO(Arch::name);
        for (std::size_t i = 0; i < 2 * 20; ++i) {
            for (std::size_t k = 0; k < 3; ++k) REQUIRE(y[i * 22 + k] == moved(a[i * 3 + k], other));
            for (std::size_t k = 0; k < 7; ++k) REQUIRE(y[i * 22 + 3 + k] == b[i * 7 + k]);
            for (std::size_t k = 0; k < 6; ++k) REQUIRE(y[i * 22 + 10 + k] == moved(c[i * 6 + k], x_scale));
            for (std::size_t k = 0; k < 6; ++k) REQUIRE(y[i * 22 + 16 + k] == moved(x[i * 6 + k], x_scale));
        }
    });
    std::vector<float> values(120);
    for (float& v : values) v = random.real();
    const auto whole = run_layer(pack<arch::native>(real), values, 1, Flush::back);
    const auto way = run_layer(pack<arch::native>(get<1>(real)), values, 1, Flush::back);
    for (std::size_t i = 0; i < 20; ++i) {
        for (std::size_t k = 0; k < 7; ++k) CHECK(whole[i * 22 + 3 + k] == way[i * 7 + k]);
        for (std::size_t k = 0; k < 6; ++k) CHECK(whole[i * 22 + 16 + k] == values[i * 6 + k]);
    }
}

TEST_CASE("Scratch holds one way at a time; constant evaluation agrees", "[net][concat]") {
    using Two = Concat<Dense<3, 2>, Skip<Shape<3>>>;
    STATIC_REQUIRE(Two::Quantized::packed<arch::scalar>::workspace_bytes(1) == 64);
    STATIC_REQUIRE(Two::Quantized::packed<arch::scalar>::workspace_bytes(30) == 128);
    static constexpr Two::Quantized codes = [] {
        Two::Quantized made({2.0f, 1}, {{}, {}, {1.0f, 0}, {1.0f, 0}}, {{1.0f, 0}, {1.0f, 0}});
        get<0>(made).weights = decltype(get<0>(made).weights)({}, PerChannel<2>{{1.0f, 1.0f}});
        get<0>(made).weights(0, 0) = 5;
        get<0>(made).weights(1, 2) = -3;
        return made;
    }();
    static constexpr auto net = pack<arch::scalar>(codes);
    constexpr auto y = [] {
        constexpr std::array<std::int8_t, 3> x{4, 6, 8};
        std::array<std::int8_t, 5> made{};
        net.evaluate<1>(x.data(), made.data());
        return made;
    }();
    STATIC_REQUIRE((y[0] == 11 && y[1] == -11 && y[2] == 3 && y[3] == 4 && y[4] == 5));  // 20/2+1, -24/2+1, x/2+1
}

TEST_CASE("Ways that do not begin at one scale are refused", "[net][concat]") {
    using Two = Concat<Skip<Shape<3>>, Dense<3, 2>>;
    const Two::Quantized bad(y_scale, {x_scale, x_scale}, Dense<3, 2>::quantized({}, other, y_scale));
    CHECK(says(refused([&] { pack<arch::native>(bad); }), "ways that begin together take the same scale"));
}
