// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/xnnpack.hpp>
#include <qtensor/scale.hpp>
#include <qtensor/tensor/quantize.hpp>
#include <qtensor/tensor/requantize.hpp>

#include "support/catch.hpp"
#include "support/fixed_point_oracle.hpp"
#include "support/guard_pages.hpp"
#include "support/quantize_oracle.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

#include <vector>

using namespace qtensor;
using namespace qtensor_test;
using Catch::Matchers::StartsWith;

namespace {

/// clamp(MBQM(q - z, s / s') + z')
std::int64_t tflite_oracle(std::int64_t code, Affine<> from, Affine<> to, CodeLimits limits) {
    const auto [mantissa, shift] = quantize_multiplier(static_cast<double>(from.value) / static_cast<double>(to.value));
    return std::clamp(multiply_twice_rounded(code - from.zero, mantissa, shift) + to.zero, limits.lowest,
                      limits.highest);
}

/// even(clamp(f32((q - z) * f32(s / s')))) + z'
std::int64_t xnnpack_oracle(std::int64_t code, Affine<> from, Affine<> to, CodeLimits limits) {
    const volatile float multiplier = from.value / to.value;
    const double real = static_cast<double>(
        static_cast<float>(static_cast<double>(code - from.zero) * static_cast<double>(multiplier)));
    const double clamped =
        std::clamp(real, static_cast<double>(limits.lowest - to.zero), static_cast<double>(limits.highest - to.zero));
    return static_cast<std::int64_t>(std::nearbyint(clamped)) + to.zero;
}

struct Step {
    Affine<> from;
    Affine<> to;
};

std::vector<Step> steps(CodeLimits source, CodeLimits target) {
    std::vector<Step> all;
    Random random(111);
    for (int i = 0; i < 60; ++i) {
        const auto zero = [&](CodeLimits limits) {
            return static_cast<std::int32_t>(random.between(limits.lowest, limits.highest));
        };
        const float scale = random.real(0.001, 1.0);
        const float ratio = i % 6 == 0   ? 1.0f
                            : i % 6 == 1 ? 2.0f
                                         : std::ldexp(random.real(1.0, 2.0), static_cast<int>(random.between(-9, 6)));
        all.push_back({{scale, zero(source)}, {scale * ratio, zero(target)}});
    }
    return all;
}

/// Every code of T at many pairs of scales, by both dialects.
template <class T, class U> void every_code_is_requantized() {
    const CodeLimits source = limits_of<T>;
    const CodeLimits target = limits_of<U>;
    const auto size = static_cast<std::size_t>(source.highest - source.lowest + 1);
    std::vector<typename element<T>::cell> codes(cells_for<T>(size));
    for (std::size_t i = 0; i < size; ++i)
        element<T>::store(codes.data(), i, static_cast<value_of<T>>(source.lowest + static_cast<std::int64_t>(i)));
    Tally tally;
    for (const auto& [from, to] : steps(source, target)) {
        std::vector<typename element<U>::cell> twice_rounded(cells_for<U>(size));
        std::vector<typename element<U>::cell> in_float(cells_for<U>(size));
        const QTensor<const T, Affine<>> given(codes.data(), Shape{size}, from);
        requantize_into(given, QTensor<U, Affine<>>(twice_rounded.data(), Shape{size}, to));
        requantize_into<XnnpackFp32>(given, QTensor<U, Affine<>>(in_float.data(), Shape{size}, to));
        for (std::size_t i = 0; i < size; ++i) {
            const std::int64_t code = source.lowest + static_cast<std::int64_t>(i);
            tally.same(element<U>::load(twice_rounded.data(), i), tflite_oracle(code, from, to, target), code,
                       from.value, from.zero, to.value, to.zero);
            tally.same(element<U>::load(in_float.data(), i), xnnpack_oracle(code, from, to, target), code, from.value,
                       from.zero, to.value, to.zero);
        }
    }
    tally.require_all_equal(static_cast<long long>(60 * 2 * size));
}

}  // namespace

TEST_CASE("Every code is requantized as each dialect says", "[tensor][requantize]") {
    every_code_is_requantized<std::int8_t, std::int8_t>();
    every_code_is_requantized<std::uint8_t, std::int8_t>();
    every_code_is_requantized<std::int8_t, std::uint8_t>();
    every_code_is_requantized<int8_symmetric, Ranged<std::int8_t, -64, 63>>();
    every_code_is_requantized<std::int8_t, std::int16_t>();
    every_code_is_requantized<std::int16_t, std::int8_t>();
    every_code_is_requantized<int4, std::int8_t>();
    every_code_is_requantized<std::int8_t, uint4>();
    every_code_is_requantized<uint4, int4>();
}

TEST_CASE("Between signed and unsigned codes of one scale the sign bit flips", "[tensor][requantize]") {
    std::int8_t codes[256];
    for (int i = 0; i < 256; ++i) codes[i] = static_cast<std::int8_t>(i - 128);
    std::uint8_t moved[256];
    requantize_into(QTensor<const std::int8_t, Affine<>>(codes, Shape{256}, Affine{0.3f, -5}),
                    QTensor<std::uint8_t, Affine<>>(moved, Shape{256}, Affine{0.3f, 123}));
    for (std::size_t i = 0; i < 256; ++i) CHECK(moved[i] == i);
}

namespace {

template <int Axis, std::size_t Channels> void requantizes_channels() {
    PerChannelAffine<Channels, Axis> scale;
    for (std::size_t c = 0; c < Channels; ++c) {
        scale.values[c] = 0.011f * static_cast<float>(c + 1);
        scale.zeros[c] = static_cast<std::int32_t>(c) - 1;
    }
    const Affine<> to{0.02f, 7};
    const Shape<3, 4, 5> shape;
    std::vector<std::int8_t> codes(60);
    Random random(112);
    for (std::int8_t& code : codes) code = static_cast<std::int8_t>(random.word());
    std::vector<std::int8_t> result(60);
    requantize_into(QTensor<std::int8_t, PerChannelAffine<Channels, Axis>, Shape<3, 4, 5>>(codes.data(), shape, scale),
                    QTensor<std::int8_t, Affine<>, Shape<3, 4, 5>>(result.data(), shape, to));
    for (std::size_t i = 0; i < 60; ++i) {
        const std::size_t c = Axis == 0 ? i / 20 : Axis == 1 ? i / 5 % 4 : i % 5;
        const Affine<> from{scale.values[c], scale.zeros[c]};
        CHECK(result[i] == tflite_oracle(codes[i], from, to, {-128, 127}));
    }
}

}  // namespace

TEST_CASE("Channels are requantized with the multiplier of their own scale", "[tensor][requantize]") {
    requantizes_channels<0, 3>();
    requantizes_channels<1, 4>();
    requantizes_channels<2, 5>();
}

namespace {

/// Accumulators over the whole range of int32, a scale per column; runs of every length around the width of registers,
/// and more channels than constants are kept for at a time.
template <class U>
void requantizes_accumulators(std::size_t rows, std::size_t columns, bool large, std::int32_t zero = 11) {
    Random random(113 + columns);
    std::vector<std::int32_t> sums(rows * columns);
    for (std::int32_t& sum : sums) sum = random.int32_any_size();
    sums.front() = INT32_MIN;
    sums.back() = INT32_MAX;
    std::vector<float> scales(columns);
    // Up to a multiplier above one, which shifts to the left: those accumulators saturate.
    for (float& scale : scales)
        scale = std::ldexp(random.real(1.0, 2.0), static_cast<int>(random.between(-22, large ? 3 : -2)));
    const Affine<> to{0.7f, zero};
    const CodeLimits limits = limits_of<U>;
    std::vector<U> twice_rounded(sums.size()), in_float(sums.size());
    using Matrix = Shape<dyn, dyn>;
    const QTensor<const std::int32_t, PerChannel<dyn, 1>, Matrix> given(sums.data(), Matrix(rows, columns),
                                                                        {scales.data()});
    requantize_into(given, QTensor<U, Affine<>, Matrix>(twice_rounded.data(), Matrix(rows, columns), to));
    requantize_into<XnnpackFp32>(given, QTensor<U, Affine<>, Matrix>(in_float.data(), Matrix(rows, columns), to));
    Tally tally;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const float scale = scales[i % columns];
        const auto [mantissa, shift] = quantize_multiplier(static_cast<double>(scale) / static_cast<double>(to.value));
        // A sum that the shift would drive out of int32 is far outside of the codes.
        const double real = static_cast<double>(sums[i]) * static_cast<double>(scale) / static_cast<double>(to.value);
        const std::int64_t placed = shift > 0 && std::abs(real) > 1e6 ? (real > 0 ? limits.highest : limits.lowest)
                                                                      : tflite_oracle(sums[i], {scale, 0}, to, limits);
        tally.same(twice_rounded[i], placed, sums[i], scale, mantissa);
        tally.same(in_float[i], xnnpack_oracle(sums[i], {scale, 0}, to, limits), sums[i], scale);
    }
    tally.require_all_equal(static_cast<long long>(2 * sums.size()));
}

}  // namespace

TEST_CASE("Accumulators are requantized with a scale per column", "[tensor][requantize]") {
    for (const bool large : {false, true}) {
        for (const std::size_t columns : {1u, 3u, 4u, 15u, 16u, 17u, 31u, 63u, 64u, 65u, 130u})
            requantizes_accumulators<std::int8_t>(3, columns, large);
        requantizes_accumulators<std::uint8_t>(2, 77, large);
        requantizes_accumulators<std::int16_t>(2, 77, large);
        requantizes_accumulators<std::int8_t>(2, 2051, large);
    }
    for (const std::int32_t zero : {-128, 127, 255, 32000, 32001, -32767, 40000, 1 << 20}) {
        requantizes_accumulators<std::int8_t>(2, 130, false, zero);
        requantizes_accumulators<std::uint8_t>(2, 130, false, zero);
    }
}

TEST_CASE("A tensor whose scale is a product has both factors in its multiplier", "[tensor][requantize]") {
    const std::int16_t codes[]{100, -200, 300, 32767};
    std::int8_t result[4];
    const Product scale{Affine{0.3f, 0}, PerTensor{0.7f}};
    requantize_into(QTensor<const std::int16_t, Product<Affine<>, PerTensor<>>>(codes, Shape{4}, scale),
                    QTensor<std::int8_t, Affine<>>(result, Shape{4}, Affine{1.1f, -3}));
    const auto [mantissa, shift] =
        quantize_multiplier(static_cast<double>(0.3f) * static_cast<double>(0.7f) / static_cast<double>(1.1f));
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(result[i] == std::clamp<std::int64_t>(multiply_twice_rounded(codes[i], mantissa, shift) - 3, -128, 127));
}

TEST_CASE("Tensors of every length are requantized, and no byte beside them is touched", "[tensor][requantize]") {
    Tally tally;
    for (std::size_t rows = 1; rows <= 2; ++rows) {
        for (std::size_t length = 0; length <= 67; ++length) {
            const std::size_t size = rows * length;
            BetweenGuards<std::int8_t> codes(size);
            for (std::size_t i = 0; i < size; ++i) codes.data()[i] = static_cast<std::int8_t>(i * 37);
            BetweenGuards<std::int8_t> guarded(size);
            std::vector<std::int8_t> result(size + 64, std::int8_t{55});
            const QTensor<const std::int8_t, Affine<>, Shape<dyn, dyn>> from(codes.data(), Shape{rows, length},
                                                                             Affine{0.3f, 3});
            const auto into = [&](std::int8_t* cells) {
                requantize_into(from, QTensor<std::int8_t, Affine<>, Shape<dyn, dyn>>(cells, Shape{rows, length},
                                                                                      Affine{0.7f, -9}));
            };
            into(guarded.data());
            into(result.data() + 32);
            for (std::size_t i = 0; i < result.size(); ++i) {
                const bool inside = i >= 32 && i < 32 + size;
                const std::int64_t want =
                    inside ? tflite_oracle(codes.data()[i - 32], {0.3f, 3}, {0.7f, -9}, {-128, 127}) : 55;
                tally.same(result[i], want, rows, length, i);
                if (inside) tally.same(guarded.data()[i - 32], want, rows, length, i);
            }
        }
    }
    tally.require_all_equal(2 * 68 * 64);
}

TEST_CASE("Source and target of a requantization have one shape", "[tensor][requantize]") {
    std::int8_t codes[6]{};
    std::int8_t result[6]{};
    const QTensor<std::int8_t, PerTensor<>, Shape<dyn, dyn>> from(codes, Shape{2, 3});
    const QTensor<std::int8_t, PerTensor<>, Shape<dyn, dyn>> turned(result, Shape{3, 2});
    const QTensor<std::int8_t, PerTensor<>, Shape<dyn, dyn>> smaller(result, Shape{2, 2});
    const QTensor<std::int8_t, PerTensor<>, Shape<dyn>> flat(result, Shape{6});
    const std::string sentence = "requantize_into: source and target have the same shape ";
    CHECK_THROWS_WITH(requantize_into(from, turned), StartsWith(sentence + "(value 6, limit 6)"));
    CHECK_THROWS_WITH(requantize_into(from, smaller), StartsWith(sentence + "(value 6, limit 4)"));
    CHECK_THROWS_WITH(requantize_into(from, flat), StartsWith(sentence + "(value 6, limit 6)"));
}

TEST_CASE("A scale that is not positive and finite does not requantize", "[tensor][requantize]") {
    constexpr auto codes = quantize<std::int8_t>({1.0f, 2.0f}, Shape<2>{}, PerTensor{0.5f});
    const float infinity = std::numeric_limits<float>::infinity();
    for (const float scale : {0.0f, -1.0f, infinity, std::nanf("")}) {
        INFO("scale " << scale);
        CHECK_THROWS_WITH(
            requantize<std::int8_t>(codes, PerTensor{scale}),
            StartsWith("a scale is positive and finite (value: the channel at fault) (value 0, limit 0)"));
    }
    CHECK_THROWS_WITH(requantize<std::int8_t>(codes, PerTensor{1e-20f}),
                      StartsWith("a requantization multiplier is in [0, 2^31)"));
}

TEST_CASE("A static tensor is requantized at compile time", "[tensor][requantize]") {
    constexpr auto codes = quantize<std::int8_t>({1.0f, -2.0f, 2.5f, 60.0f}, Shape<2, 2>{}, Affine{0.5f, 3});
    constexpr auto coarser = requantize<std::uint8_t>(codes, Affine{1.0f, 128});
    STATIC_REQUIRE(coarser(0, 0) == 129);
    STATIC_REQUIRE(coarser(0, 1) == 126);
    STATIC_REQUIRE(coarser(1, 0) == 131);  // 2.5 away from zero
    STATIC_REQUIRE(coarser(1, 1) == 188);
    STATIC_REQUIRE(coarser.scale() == Affine{1.0f, 128});
    const auto now = requantize<std::uint8_t>(codes, Affine{1.0f, 128});  // while the program runs
    for (std::size_t i = 0; i < 4; ++i) CHECK(now.data()[i] == coarser.data()[i]);
    constexpr auto even = requantize<std::int8_t, XnnpackFp32>(codes, Affine{1.0f, 0});
    STATIC_REQUIRE(even(1, 0) == 2);  // 2.5 to even
    constexpr auto negative =
        requantize<std::int8_t>(quantize<std::int8_t>({-2.5f, -3.5f}, Shape<2>{}, PerTensor{0.5f}), PerTensor{1.0f});
    STATIC_REQUIRE((negative(0) == -2 && negative(1) == -3));  // the high product sends ties up before the shift
}

TEST_CASE("A code whose new value is beyond int32 saturates", "[tensor][requantize]") {
    const std::int16_t code[]{30000};
    std::int8_t result = 0;
    requantize_into(QTensor<const std::int16_t, PerTensor<>>(code, Shape{1}, PerTensor{1.0f}),
                    QTensor<std::int8_t, PerTensor<>>(&result, Shape{1}, PerTensor{0x1p-18f}));
    CHECK(result == 127);
}
