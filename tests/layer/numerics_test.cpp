// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer.hpp>
#include <qtensor/scale/per_tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"

using namespace qtensor;

namespace {

struct EvenWeights : numerics::TfLite {
    using rounding = HalfEven;
};
struct OwnActivation : numerics::Xnnpack {
    using activation = std::uint8_t;
};
struct RandomRounding : numerics::TfLite {
    using rounding = Stochastic;
};

struct RealActivations : numerics::TfLite {
    using activation = float;
};
struct RealWeights : numerics::TfLite {
    using weight = float;
};
struct NoScale : numerics::TfLite {
    using activation_scale = int;
};
struct NoWeightScale : numerics::TfLite {
    template <std::size_t> using weight_scale = float;
};
struct NoDialect : numerics::TfLite {
    using dialect = HalfEven;
};
struct NoRounding : numerics::TfLite {
    using rounding = TfLiteDoubleRounding;
};
struct NothingAtAll {};

/// Twice what is wanted, from the sum of all channels: no rule of the library's own.
template <std::size_t N> struct Doubled {
    static constexpr int axis = per_tensor;
    float value = 1.0f;
    constexpr float scale(std::size_t = 0) const { return value; }
    static constexpr Doubled fit(const std::array<float, N>& wanted) {
        Doubled made{0.0f};
        for (const float one : wanted) made.value += 2.0f * one;
        return made;
    }
};

}  // namespace

static_assert(Numerics<numerics::TfLite> && Numerics<numerics::Xnnpack>);
static_assert(Numerics<numerics::TfLiteSingle> && Numerics<numerics::CmsisNn> && Numerics<numerics::Onnx>);
static_assert(Numerics<numerics::Torch> && Numerics<numerics::Fixed> && Numerics<numerics::Article>);
static_assert(Numerics<EvenWeights> && Numerics<OwnActivation> && Numerics<RandomRounding>);
static_assert(!Numerics<RealActivations> && !Numerics<RealWeights>);
static_assert(!Numerics<NoScale> && !Numerics<NoWeightScale> && !Numerics<NoDialect> && !Numerics<NoRounding>);
static_assert(!Numerics<NothingAtAll> && !Numerics<int>);

TEST_CASE("the bundles are what their sources publish", "[numerics]") {
    using T = numerics::TfLite;
    STATIC_REQUIRE(std::is_same_v<T::activation, std::int8_t>);
    STATIC_REQUIRE(std::is_same_v<T::activation_scale, Affine<>>);
    STATIC_REQUIRE(std::is_same_v<T::weight, int8_symmetric>);
    STATIC_REQUIRE(std::is_same_v<T::weight_scale<5>, PerChannel<5>>);
    STATIC_REQUIRE(std::is_same_v<T::rounding, HalfAway>);
    STATIC_REQUIRE(std::is_same_v<T::dialect, TfLiteDoubleRounding>);
    using X = numerics::Xnnpack;
    STATIC_REQUIRE(std::is_same_v<X::activation, std::int8_t>);
    STATIC_REQUIRE(std::is_same_v<X::weight, int8_symmetric>);
    STATIC_REQUIRE(std::is_same_v<X::rounding, HalfEven>);
    STATIC_REQUIRE(std::is_same_v<X::dialect, XnnpackFp32>);
    STATIC_REQUIRE(std::is_same_v<numerics::TfLiteSingle::dialect, TfLiteSingleRounding>);
    STATIC_REQUIRE(std::is_same_v<numerics::CmsisNn::dialect, TfLiteDoubleRounding>);
    using O = numerics::Onnx;
    STATIC_REQUIRE(std::is_same_v<O::activation, std::uint8_t>);
    STATIC_REQUIRE(std::is_same_v<O::rounding, HalfEven>);
    STATIC_REQUIRE(std::is_same_v<O::dialect, OnnxQLinear<float>>);
    using P = numerics::Torch;
    STATIC_REQUIRE(std::is_same_v<P::activation, std::uint8_t>);
    STATIC_REQUIRE(std::is_same_v<P::weight, std::int8_t>);
    STATIC_REQUIRE(std::is_same_v<P::rounding, TorchReciprocal>);
    STATIC_REQUIRE(std::is_same_v<P::dialect, FbgemmFloat>);
    using F = numerics::Fixed;
    STATIC_REQUIRE(std::is_same_v<F::activation_scale, PowerOfTwoPerTensor>);
    STATIC_REQUIRE(std::is_same_v<F::weight_scale<5>, PowerOfTwoPerChannel<5>>);
    STATIC_REQUIRE(std::is_same_v<F::dialect, PowerOfTwoShift<HalfUp>>);
    using A = numerics::Article;
    STATIC_REQUIRE(std::is_same_v<A::activation_scale, PerTensor<>>);
    STATIC_REQUIRE(std::is_same_v<A::weight_scale<5>, PerTensor<>>);
    STATIC_REQUIRE(std::is_same_v<A::rounding, Floor>);
    STATIC_REQUIRE(std::is_same_v<A::dialect, ExactRational<Floor>>);
}

namespace {

/// One output of a layer: 3 * 50 - 2 * 40 + 5 = 75 accumulator steps of 2^-7 * 2^-4 = 2^-11, an output step of 2^-5.
template <class N> int code_of(typename N::activation_scale input, typename N::activation_scale output) {
    using Layer = Dense<2, 1, Identity, N>;
    using WeightScale = typename N::template weight_scale<1>;
    typename Layer::Quantized codes{};
    codes.weights = decltype(codes.weights)({}, fit_scale<WeightScale>(std::array{0.0625f}));
    codes.input = input;
    codes.output = output;
    codes.weights(0, 0) = 50;
    codes.weights(0, 1) = 40;
    codes.bias(0) = 5;
    const typename Layer::template PackedQuantized<arch::scalar> layer(codes);
    const std::int32_t zero = zero_point_of(input, 0);
    const typename N::activation x[2]{static_cast<typename N::activation>(3 + zero),
                                      static_cast<typename N::activation>(zero - 2)};
    typename N::activation y[1]{};
    layer.run(x, y, 1, {});
    return y[0];
}

}  // namespace

// 75 / 64 = 1.17; with the output step 2^-10 it is 37.5, a tie.
TEST_CASE("a layer of each bundle rounds as its dialect says", "[numerics]") {
    constexpr float in = 1 / 128.0f;
    constexpr float out = 1 / 1024.0f;
    CHECK(code_of<numerics::TfLite>({in, 3}, {out, 1}) == 39);
    CHECK(code_of<numerics::TfLiteSingle>({in, 3}, {out, 1}) == 39);
    CHECK(code_of<numerics::CmsisNn>({in, 3}, {out, 1}) == 39);
    CHECK(code_of<numerics::Xnnpack>({in, 3}, {out, 1}) == 39);  // even(37.5) + 1
    CHECK(code_of<numerics::Torch>({in, 3}, {out, 1}) == 39);
    CHECK(code_of<numerics::Onnx>({in, 3}, {out, 1}) == 38);  // even(37.5 + 1)
    CHECK(code_of<numerics::Fixed>({-7}, {-10}) == 38);
    CHECK(code_of<numerics::Article>({in}, {out}) == 37);
    CHECK(code_of<numerics::Fixed>({-7}, {-5}) == 1);
    CHECK(code_of<numerics::Article>({in}, {1 / 32.0f}) == 1);
}

TEST_CASE("fit_scale: per channel takes each, per tensor the largest, `fit` decides for itself", "[numerics]") {
    constexpr std::array<float, 3> wanted{0.25f, 0.75f, 0.5f};
    constexpr auto each = fit_scale<PerChannel<3>>(wanted);
    STATIC_REQUIRE(each.values == wanted);
    constexpr auto one = fit_scale<PerTensor<>>(wanted);
    STATIC_REQUIRE(one.value == 0.75f);
    constexpr auto affine = fit_scale<Affine<>>(wanted);
    STATIC_REQUIRE(affine.value == 0.75f);
    STATIC_REQUIRE(affine.zero == 0);
    constexpr auto own = fit_scale<Doubled<3>>(wanted);
    STATIC_REQUIRE(own.value == 3.0f);
    constexpr auto last = fit_scale<PerTensor<>>(std::array<float, 2>{0.5f, 2.0f});
    STATIC_REQUIRE(last.value == 2.0f);
    constexpr auto single = fit_scale<PerTensor<>>(std::array<float, 1>{0.125f});
    STATIC_REQUIRE(single.value == 0.125f);
}

TEST_CASE("16-bit activations: sums have the type of the bias, and the rule for it", "[layer][numerics]") {
    // 600 weights: more than 511 products of int16 and int8 need 64 bits.
    const auto check = []<class L>(L, bool wide) {
        typename L::Float real{};
        oracle::Random random(8);
        for (std::size_t i = 0; i < real.weights.size(); ++i) real.weights.data()[i] = random.real() * random.real();
        for (std::size_t i = 0; i < real.bias.size(); ++i) real.bias(i) = random.real();
        const PerTensor<> in{0.0002f}, out{0.0011f};
        const auto codes = L::quantized(real, in, out);
        const auto input = [&](std::size_t count) {
            std::vector<std::int16_t> x(count);
            for (auto& code : x) code = static_cast<std::int16_t>(random.between(-32768, 32767));
            return x;
        };
        qtensor_test::check_layer_codes<L, qtensor_test::ScalarAndBest>(
            codes, input, [&](const auto& x, std::size_t batch) {
                std::vector<std::int64_t> y;
                constexpr std::size_t depth = input_size<L>, outputs = output_size<L>;
                for (std::size_t i = 0; i < batch * outputs; ++i) {
                    const std::size_t j = i % outputs;
                    std::int64_t sum = codes.bias(j);
                    for (std::size_t k = 0; k < depth; ++k)
                        sum += std::int64_t{x[i / outputs * depth + k]} * codes.weights(j, k);
                    const float scale = codes.weights.scale().scale(j);
                    if (wide) {  // the multiplier in 16 bits, one rounding up
                        const oracle::Words m =
                            oracle::tflite_words(static_cast<double>(in.value) * static_cast<double>(scale) /
                                                 static_cast<double>(out.value));
                        const std::int64_t half =
                            std::min<std::int64_t>(std::int64_t{32767}, (m.mantissa + 32768) / 65536);
                        const double code = std::floor(
                            std::ldexp(static_cast<double>(sum) * static_cast<double>(half), m.shift - 15) + 0.5);
                        y.push_back(oracle::clamped(static_cast<std::int64_t>(code), -32768, 32767));
                    } else {
                        y.push_back(oracle::tflite(sum, in.value, scale, out.value, 0, -32768, 32767));
                    }
                }
                return y;
            });
    };
    struct Narrow : numerics::TfLite16x8 {
        using bias = std::int32_t;
    };
    check(Dense<600, 7, Identity, numerics::TfLite16x8>{}, true);
    check(Dense<40, 7, Identity, Narrow>{}, false);
    check(Dense<600, 7, Identity, Narrow>{}, false);  // not by the type, but by these weights
}

TEST_CASE("Weights of 4 bits: two to a byte", "[layer][numerics]") {
    using L = Dense<33, 9, Identity, numerics::TfLiteInt4>;
    STATIC_REQUIRE(L::weight_bytes == (33 * 9 + 1) / 2);
    typename L::Float real{};
    oracle::Random random(9);
    for (std::size_t i = 0; i < real.weights.size(); ++i) real.weights.data()[i] = random.real();
    const Affine<> in{0.02f, -5}, out{0.11f, 11};
    const auto codes = L::quantized(real, in, out);
    const auto input = [&](std::size_t count) {
        std::vector<std::int8_t> x(count);
        for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
        return x;
    };
    int lowest = 0;
    qtensor_test::check_layer_codes<L, qtensor_test::ScalarAndBest>(
        codes, input, [&](const auto& x, std::size_t batch) {
            std::vector<std::int64_t> y;
            for (std::size_t i = 0; i < batch * 9; ++i) {
                std::int64_t sum = codes.bias(i % 9);
                for (std::size_t k = 0; k < 33; ++k) {
                    const std::size_t at = i % 9 * 33 + k;
                    const int w =
                        static_cast<int>(std::lround(real.weights.data()[at] / codes.weights.scale().scale(i % 9)));
                    lowest = std::min(lowest, w);
                    sum += (x[i / 9 * 33 + k] + 5) * w;
                }
                y.push_back(
                    oracle::tflite(sum, in.value, codes.weights.scale().scale(i % 9), out.value, out.zero, -128, 127));
            }
            return y;
        });
    CHECK(lowest == -7);
}
