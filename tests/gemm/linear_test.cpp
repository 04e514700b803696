// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/gemm/linear.hpp>
#include <qtensor/numeric.hpp>
#include <qtensor/scale.hpp>

#include <algorithm>

#include "support/arches.hpp"
#include "support/guarded_product.hpp"
#include "support/refused.hpp"

namespace {

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::Flush;
using qtensor_test::GuardedProduct;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::Tally;

/// A bias and the memory for per-channel constants, both ending at a guard page.
struct Extras {
    BetweenGuards<std::int32_t> bias;
    BetweenGuards<std::int32_t> words;
    Extras(std::size_t n, std::uint64_t seed) : bias(n, Flush::back), words(3 * n, Flush::back) {
        oracle::Random random(seed);
        for (std::size_t j = 0; j < n; ++j) bias[j] = static_cast<std::int32_t>(random.between(-200000, 200000));
    }
    BindMemory memory() { return {words.data(), words.size()}; }
    auto stage() {
        return AddBias{QTensor<const std::int32_t, Unscaled, Shape<dyn>>(bias.data(), Shape<dyn>(bias.size()))};
    }
};

}  // namespace

TEST_CASE("bias, relu and requantization per channel, fused: TFLite's codes") {
    Tally tally;
    const Affine<> to{0.31f, -11};
    qtensor_test::EveryArch::each([&]<class Arch>() {
        for (const auto& c : qtensor_test::product_cases(200)) {
            GuardedProduct<Arch, std::int8_t, std::int8_t, Affine<>, PerChannel<dyn>> product(c);
            Extras extras(c.n, c.seed);
            const auto want = [&](std::size_t i, std::size_t j) {
                const std::int64_t sum = std::max(product.sum(i, j) + extras.bias[j], std::int64_t{0});
                return static_cast<std::int8_t>(
                    oracle::tflite(sum, product.x_scale(), product.w_scale(j), to.value, to.zero, -128, 127));
            };
            product.template run<std::int8_t>(tally, want, extras.memory(), extras.stage(), Relu{},
                                              Requantize<std::int8_t>{to});
            tally.same(extras.words.clean() && extras.bias.clean(), true, c.m, c.n, c.k);
        }
    });
    tally.require_all_equal(10000);
}

TEST_CASE("requantization after XNNPACK's rule, then relu and clamp of codes") {
    Tally tally;
    const Affine<> to{0.05f, 100};
    qtensor_test::EveryArch::each([&]<class Arch>() {
        for (const auto& c : qtensor_test::product_cases(200)) {
            GuardedProduct<Arch, std::int8_t, std::int8_t, Affine<>, PerTensor<>> product(c);
            const auto want = [&](std::size_t i, std::size_t j) {
                const std::int32_t code = oracle::xnnpack(product.sum(i, j), product.x_scale(), product.w_scale(j),
                                                          to.value, to.zero, 0, 255);
                return static_cast<std::uint8_t>(std::min(std::max(code, 100), 200));
            };
            product.template run<std::uint8_t>(tally, want, BindMemory{}, Requantize<std::uint8_t, XnnpackFp32>{to},
                                               Relu{}, Clamp{0, 200});
        }
    });
    tally.require_all_equal(10000);
}

TEST_CASE("dequantized results in float, float16 and bfloat16, with a float bias") {
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        for (const auto& c : qtensor_test::product_cases(120)) {
            GuardedProduct<Arch, std::int8_t, std::int8_t, Affine<>, PerChannel<dyn>> product(c);
            Extras extras(c.n, c.seed);
            BetweenGuards<float> bias(c.n, Flush::back);
            for (std::size_t j = 0; j < c.n; ++j) bias[j] = 0.37f * static_cast<float>(j) - 2.0f;
            const auto real = [&](std::size_t i, std::size_t j) {
                return oracle::dequantized(product.sum(i, j), product.x_scale(), product.w_scale(j));
            };
            const AddBias stage{QTensor<const float, Unscaled, Shape<dyn>>(bias.data(), Shape<dyn>(c.n))};
            const auto shifted = [&](std::size_t i, std::size_t j) {
                volatile float sum = real(i, j) + bias[j];
                return std::max(static_cast<float>(sum), 0.0f);
            };
            if (c.seed % 3 == 0) {
                product.template run<float>(tally, shifted, extras.memory(), Dequantize<float>{}, stage, Relu{});
            } else if (c.seed % 3 == 1) {
                const auto half = [&](std::size_t i, std::size_t j) { return float16(real(i, j)); };
                product.template run<float16>(tally, half, extras.memory(), Dequantize<float16>{});
            } else {
                const auto brain = [&](std::size_t i, std::size_t j) { return bfloat16(real(i, j)); };
                product.template run<bfloat16>(tally, brain, extras.memory(), Dequantize<bfloat16>{});
            }
        }
    });
    tally.require_all_equal(10000);
}

TEST_CASE("Linear deduces its type, keeps its weights and can be called any number of times") {
    static constexpr std::int8_t codes[] = {1, 2, 3, 4};
    const QTensor<const std::int8_t, PerTensor<>, Shape<2, 2>> w(codes, {}, PerTensor<>{0.5f});
    const auto packed = pack<arch::native, std::int8_t>(w);
    const Affine<> scale{2.0f, 1};
    const Linear plain(packed, scale);
    const Linear staged(packed, scale, Relu{}, Requantize<std::int8_t>{Affine<>{1.0f, 0}});
    const Linear with_memory(packed, scale, BindMemory{}, Relu{});
    STATIC_REQUIRE(std::is_same_v<decltype(plain), const Linear<std::remove_const_t<decltype(packed)>, Affine<>>>);
    STATIC_REQUIRE(std::is_same_v<decltype(plain)::accumulator, std::int32_t>);
    STATIC_REQUIRE(std::is_same_v<decltype(plain)::element_type, std::int32_t>);
    STATIC_REQUIRE(std::is_same_v<decltype(staged)::element_type, std::int8_t>);
    STATIC_REQUIRE(
        std::is_same_v<decltype(with_memory), const Linear<std::remove_const_t<decltype(packed)>, Affine<>, Relu>>);
    CHECK(&plain.weights() == &packed);
    CHECK(plain.output_scale().scale(0) == 1.0f);
    CHECK(staged.output_scale() == Affine<>{1.0f, 0});

    const QTensor<const std::int8_t, Affine<>, Shape<1, 2>> x(codes + 1, {}, scale);  // 2 - 1, 3 - 1
    const auto copy = staged;
    for (int repeat = 0; repeat < 2; ++repeat) {
        QTensor<std::int8_t, Affine<>, Shape<1, 2>, Inline> y({}, copy.output_scale());
        alignas(64) std::byte workspace[256];
        copy(x, y, workspace);
        CHECK(y(0, 0) == 5);
        CHECK(y(0, 1) == 11);
    }
}

TEST_CASE("scales per channel of a run-time shape need BindMemory") {
    static constexpr std::int8_t codes[] = {1, 2, 3, 4};
    const float scales[] = {0.5f, 0.25f};
    const QTensor<const std::int8_t, PerChannel<dyn>, Shape<dyn, dyn>> w(codes, Shape<dyn, dyn>(2, 2), {scales});
    using Packed = packed_for<arch::native, std::int8_t, std::remove_const_t<decltype(w)>>;
    alignas(64) std::byte memory[4096];
    REQUIRE(Packed::bytes(2, 2) <= sizeof(memory));
    const Packed packed(w, memory);
    const Requantize<std::int8_t> stage{Affine<>{1.0f, 0}};
    const char* const sentence =
        "binding scales per channel of a run-time shape needs one word per channel and constant";
    CHECK(says(refused([&] { Linear(packed, PerTensor<>{1.0f}, stage); }), sentence));
    std::int32_t words[4];
    CHECK(says(refused([&] { Linear(packed, PerTensor<>{1.0f}, BindMemory(words, 3), stage); }),
               std::string(sentence) + ": pass BindMemory (value 4, limit 3)"));
    CHECK(refused([&] { Linear(packed, PerTensor<>{1.0f}, BindMemory(words, 4), stage); }) == "nothing was refused");
}
