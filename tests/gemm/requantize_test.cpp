// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/numeric.hpp>
#include <qtensor/scale.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "support/arches.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"
#include "support/rounding_oracle.hpp"
#include "support/samples.hpp"
#include "support/stages.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::Tally;

using In = Incoming<std::int32_t, dyn, Product<Affine<>, PerTensor<>>>;

template <class T, class D, class Want>
void requantized(float sx, float sw, float sy, std::int32_t zero, std::int32_t reach, Want&& want, Tally& tally) {
    const std::size_t n = 301;
    const auto values = qtensor_test::accumulators(n, 21, reach);
    const In in{{Affine<>{sx, 5}, PerTensor<>{sw}}, n, nullptr};
    const auto bound = bind_stages(in, Requantize<T, D>{Affine<>{sy, zero}});
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const auto got = qtensor_test::apply_stage<Arch>(bound, values);
        for (std::size_t c = 0; c < n; ++c) {
            tally.same(got[c], want(values[c], sx, sw, sy, zero, element<T>::lowest, element<T>::highest), values[c],
                       zero);
        }
    });
}

template <class T> void every_scale(Tally& tally) {
    const std::int32_t zeros[] = {0,
                                  1,
                                  -1,
                                  static_cast<std::int32_t>(element<T>::lowest),
                                  static_cast<std::int32_t>(element<T>::highest),
                                  static_cast<std::int32_t>(element<T>::highest) + 1,
                                  -1000};
    // s_x * s_w / s_y from 2^-33 (the multiplier is zero) over ties (exactly 1/2, 1/4, 1) up to 2^7.
    const float ratios[] = {1.16e-10f, 4.7e-10f, 3.1e-6f, 0.00012f, 0.0312f, 0.25f, 0.5f, 0.75f, 1.0f, 1.7f, 128.0f};
    for (const std::int32_t zero : zeros) {
        for (const float ratio : ratios) {
            const std::int32_t reach = ratio >= 1.0f ? 1 << 22 : INT32_MAX;  // times 2^shift it fits int32
            requantized<T, TfLiteDoubleRounding>(0.5f, 0.25f * ratio, 0.125f, zero, reach, oracle::tflite, tally);
            requantized<T, XnnpackFp32>(0.5f, 0.25f * ratio, 0.125f, zero, reach, oracle::xnnpack, tally);
            requantized<T, TfLiteDoubleRounding>(0.37f, 0.71f * ratio, 0.29f, zero, reach / 4, oracle::tflite, tally);
            requantized<T, XnnpackFp32>(0.37f, 0.71f * ratio, 0.29f, zero, reach / 4, oracle::xnnpack, tally);
        }
    }
}

}  // namespace

TEST_CASE("accumulators become codes as TFLite and XNNPACK publish it, on every architecture") {
    Tally tally;
    every_scale<std::int8_t>(tally);
    every_scale<std::uint8_t>(tally);
    every_scale<int8_symmetric>(tally);
    every_scale<std::int16_t>(tally);
    tally.require_all_equal(100000);
}

TEST_CASE("the dialects differ where they are published to differ") {
    // 585 * scale is 6.5 in float32 and a little less in the real numbers (tensorflow#102943).
    const float scale = 0.0111111113802f;
    const Incoming<std::int32_t, 1, Product<Unscaled, PerTensor<>>> in{{Unscaled{}, PerTensor<>{scale}}, 1, nullptr};
    const Affine<> to{1.0f, -126};
    CHECK(bind_stages(in, Requantize<std::int8_t, XnnpackFp32>{to})(std::int32_t{585}, Cell{}) == -120);
    CHECK(bind_stages(in, Requantize<std::int8_t>{to})(std::int32_t{585}, Cell{}) == -119);
}

TEST_CASE("a multiplier per channel, static or in BindMemory") {
    constexpr std::size_t n = 21;
    const auto values = qtensor_test::accumulators(n, 22, 3000000);
    PerChannel<n> scales{};
    for (std::size_t c = 0; c < n; ++c) scales.values[c] = 0.00003f * static_cast<float>((c * 7) % 11 + 1);
    std::int32_t words[2 * n]{};
    BindMemory memory(words, 2 * n);
    const Requantize<std::uint8_t> stage{Affine<>{0.2f, 77}};
    const auto fixed = bind_stages(
        Incoming<std::int32_t, n, Product<PerTensor<>, PerChannel<n>>>{{PerTensor<>{0.9f}, scales}, n, nullptr}, stage);
    const auto dynamic = bind_stages(
        Incoming<std::int32_t, dyn, Product<PerTensor<>, PerChannel<dyn>>>{
            {PerTensor<>{0.9f}, PerChannel<dyn>{scales.values.data()}}, n, &memory},
        stage);
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const auto a = qtensor_test::apply_stage<Arch>(fixed, values);
        const auto b = qtensor_test::apply_stage<Arch>(dynamic, values);
        for (std::size_t c = 0; c < n; ++c) {
            const std::int32_t want = oracle::tflite(values[c], 0.9f, scales.values[c], 0.2f, 77, 0, 255);
            tally.same(a[c], want, c);
            tally.same(b[c], want, c);
        }
    });
    tally.require_all_equal(2 * n);
}

TEST_CASE("the result has the stage's element and scale") {
    const In in{{Affine<>{0.5f, 5}, PerTensor<>{0.5f}}, 1, nullptr};
    const auto bound = bind_stages(in, Requantize<std::uint8_t, XnnpackFp32, PowerOfTwo<-3>>{});
    STATIC_REQUIRE(std::is_same_v<decltype(bound)::element, std::uint8_t>);
    STATIC_REQUIRE(std::is_same_v<decltype(bound)::scale_type, PowerOfTwo<-3>>);
    CHECK(bound(std::int32_t{10}, Cell{}) == 20);
    CHECK(bound(std::int32_t{-10}, Cell{}) == 0);
}

TEST_CASE("a scale that is not positive and finite is refused") {
    const In in{{Affine<>{0.5f, 5}, PerTensor<>{0.5f}}, 1, nullptr};
    for (const float scale : {0.0f, -1.0f, std::numeric_limits<float>::infinity(), std::nanf("")}) {
        CHECK(says(refused([&] { bind_stages(in, Requantize<std::int8_t>{Affine<>{scale, 0}}); }),
                   "a scale is positive and finite"));
    }
    CHECK(says(refused([&] { bind_stages(in, Requantize<std::int8_t>{Affine<>{1e-30f, 0}}); }),
               "a requantization multiplier is in [0, 2^31)"));
}

TEST_CASE("a multiplier of 1 or more limits the accumulators that fit its shift to the left") {
    const auto limit = [](float ratio) {
        const In in{{Affine<>{1.0f, 0}, PerTensor<>{ratio}}, 1, nullptr};
        return bind_stages(in, Requantize<std::int8_t>{Affine<>{1.0f, 0}}).limit();
    };
    CHECK(limit(0.999f) == INT32_MAX);
    CHECK(limit(1.0f) == INT32_MAX / 2);  // 1 is 2^30 / 2^31 * 2^1
    CHECK(limit(32768.0f) == INT32_MAX >> 16);
    // The largest accumulator still gives the right code, on every architecture.
    for (const float ratio : {1.0f, 3.7f, 100.0f, 32768.0f}) {
        const In in{{Affine<>{1.0f, 0}, PerTensor<>{ratio}}, 4, nullptr};
        const auto bound = bind_stages(in, Requantize<std::int16_t>{Affine<>{1.0f, 0}});
        const auto largest = static_cast<std::int32_t>(bound.limit());
        const std::vector<std::int32_t> values{largest, -largest, 1, -1};
        Tally tally;
        qtensor_test::EveryArch::each([&]<class Arch>() {
            const auto got = qtensor_test::apply_stage<Arch>(bound, values);
            for (std::size_t i = 0; i < 4; ++i) {
                tally.same(got[i], oracle::tflite(values[i], 1.0f, ratio, 1.0f, 0, -32768, 32767), values[i]);
            }
        });
        tally.require_all_equal(4);
    }
    const In in{{Affine<>{1.0f, 0}, PerTensor<>{32768.0f}}, 1, nullptr};
    CHECK(bind_stages(in, Requantize<std::int8_t, XnnpackFp32>{Affine<>{1.0f, 0}}).limit() >= INT32_MAX);
    // Per channel, the largest multiplier counts.
    const Incoming<std::int32_t, 3, Product<PerTensor<>, PerChannel<3>>> three{
        {PerTensor<>{1.0f}, PerChannel<3>{{0.5f, 5.0f, 2.0f}}}, 3, nullptr};
    CHECK(bind_stages(three, Requantize<std::int8_t>{Affine<>{1.0f, 0}}).limit() == INT32_MAX >> 3);
}

TEST_CASE("a zero point farther than 2^23 from 0 is refused") {
    const In in{{Affine<>{0.5f, 5}, PerTensor<>{0.5f}}, 1, nullptr};
    const char* const sentence = "a zero point is at most 2^23 from 0";
    CHECK(says(refused([&] { bind_stages(in, Requantize<std::int8_t>{Affine<>{1.0f, 8388609}}); }), sentence));
    CHECK(says(refused([&] { bind_stages(in, Requantize<std::int8_t>{Affine<>{1.0f, -8388609}}); }), sentence));
    CHECK(refused([&] { bind_stages(in, Requantize<std::int8_t>{Affine<>{1.0f, 8388608}}); }) == "nothing was refused");
}

namespace {

/// TFLite's rule for int64 accumulators, on 128 bits: the mantissa cut to 16 bits, one rounding, ties up.
long long wide_code(std::int64_t acc, float sx, float sw, float sy, std::int32_t zero, long long lowest,
                    long long highest) {
    int exponent = 0;
    const double fraction =
        std::frexp(static_cast<double>(sx) * static_cast<double>(sw) / static_cast<double>(sy), &exponent);
    const auto mantissa = static_cast<std::int64_t>(std::llround(std::ldexp(fraction, 31)));
    const std::int64_t m16 = mantissa < 0x7fff0000 ? (mantissa + 0x8000) >> 16 : 0x7fff;
    const qtensor_test::int128 power = qtensor_test::int128{1} << (15 - exponent);
    const auto whole = qtensor_test::floor_divide(2 * qtensor_test::int128{acc} * m16 + power, 2 * power) + zero;
    return static_cast<long long>(whole < lowest ? lowest : whole > highest ? highest : whole);
}

}  // namespace

TEST_CASE("Requantize takes int64 accumulators by the 16x8 rule of TFLite") {
    using Wide = Incoming<std::int64_t, dyn, Product<PerTensor<>, PerTensor<>>>;
    Tally tally;
    qtensor_test::Random random(31);
    for (const float ratio : {1e-9f, 3.1e-6f, 0.00012f, 0.0312f, 0.25f, 0.5f, 0.999999f, 1.0f, 1.7f, 127.0f}) {
        const Wide in{{PerTensor<>{0.37f}, PerTensor<>{ratio}}, 1, nullptr};
        const auto bound = bind_stages(in, Requantize<std::int16_t>{Affine<>{0.37f, 0}});
        const auto single = bind_stages(in, Requantize<std::int8_t, TfLiteSingleRounding>{Affine<>{0.37f, -128}});
        CHECK(bound.limit() == (std::uint64_t{1} << 47) - 1);
        for (int i = 0; i < 20000; ++i) {
            const std::int64_t acc = i < 200 ? i - 100 : random.int64() >> random.between(17, 60);
            tally.same(bound(acc, Cell{}), wide_code(acc, 0.37f, ratio, 0.37f, 0, -32768, 32767), acc, ratio);
            tally.same(single(acc, Cell{}), wide_code(acc, 0.37f, ratio, 0.37f, -128, -128, 127), acc, ratio);
        }
    }
    tally.require_all_equal(400000);
    const Wide large{{PerTensor<>{1.0f}, PerTensor<>{128.0f}}, 1, nullptr};
    CHECK(says(refused([&] { bind_stages(large, Requantize<std::int16_t>{Affine<>{1.0f, 0}}); }), "below 2^7"));
}

TEST_CASE("int16 activations times int8 weights, an int64 bias and int16 results") {
    constexpr std::size_t m = 3;
    constexpr std::size_t n = 5;
    constexpr std::size_t k = 700;  // 700 * 32768 * 127 is beyond int32
    qtensor_test::Random random(32);
    std::vector<std::int16_t> x(m * k);
    std::vector<std::int8_t> w(n * k);
    std::int64_t bias[n];
    for (auto& code : x) code = static_cast<std::int16_t>(random.between(-32768, 32767));
    for (auto& code : w) code = static_cast<std::int8_t>(random.between(-127, 127));
    for (auto& number : bias) number = random.between(-5000000000, 5000000000);
    const std::array<float, n> scales{0.01f, 0.02f, 0.003f, 0.0004f, 1.0f};
    const QTensor<const std::int16_t, PerTensor<>, Shape<m, k>> activations(x.data(), {}, PerTensor{0.001f});
    const QTensor<const int8_symmetric, PerChannel<n>, Shape<n, k>> weights(w.data(), {}, PerChannel<n>{scales});
    const QTensor<const std::int64_t, Unscaled, Shape<n>> addend(bias, {});
    const auto y = matmul(activations, weights, AddBias{addend}, Requantize<std::int16_t>{Affine<>{0.05f, 0}});
    Tally tally;
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            std::int64_t acc = bias[j];
            for (std::size_t d = 0; d < k; ++d) acc += std::int64_t{x[i * k + d]} * w[j * k + d];
            tally.same(y(i, j), wide_code(acc, 0.001f, scales[j], 0.05f, 0, -32768, 32767), i, j);
        }
    }
    tally.require_all_equal(m * n);
}
