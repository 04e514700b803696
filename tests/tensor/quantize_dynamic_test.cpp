// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "support/refused.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Random;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::Tally;

std::vector<float> values_of(std::size_t count, std::uint64_t seed) {
    Random random(seed);
    std::vector<float> values(count);
    for (float& value : values) value = static_cast<float>(random.between(-40000, 60000)) / 4096.0f;
    return values;
}

int clipped(double code, int lowest, int highest) {
    return static_cast<int>(std::clamp(code, static_cast<double>(lowest), static_cast<double>(highest)));
}

}  // namespace

TEST_CASE("dynamic quantization as ONNX, TFLite symmetric and TFLite asymmetric write it") {
    Tally tally;
    for (const std::size_t count : {1u, 2u, 15u, 16u, 17u, 63u, 500u}) {
        const auto values = values_of(count, count);
        const float lowest = std::min(0.0f, *std::min_element(values.begin(), values.end()));
        const float highest = std::max(0.0f, *std::max_element(values.begin(), values.end()));
        std::vector<std::uint8_t> u8(count);
        std::vector<std::int8_t> symmetric(count), asymmetric(count);
        const Shape<dyn> shape(count);
        const auto onnx = quantize_dynamic<OnnxDynamic, std::uint8_t>(values, u8.data(), shape);
        const auto s = quantize_dynamic<TfLiteHybridSymmetric, int8_symmetric>(values, symmetric.data(), shape);
        const auto a = quantize_dynamic<TfLiteHybridAsymmetric, std::int8_t>(values, asymmetric.data(), shape);
        CHECK(onnx.scale() == OnnxDynamic::fit<std::uint8_t>(lowest, highest));
        CHECK(s.scale() == TfLiteHybridSymmetric::fit<int8_symmetric>(lowest, highest));
        CHECK(a.scale() == TfLiteHybridAsymmetric::fit<std::int8_t>(lowest, highest));
        const volatile float factor = 127.0f / std::max(-lowest, highest);
        const volatile float inverse = 1.0f / a.scale().value;
        for (std::size_t i = 0; i < count; ++i) {
            const volatile float quotient = values[i] / onnx.scale().value;
            const volatile float product = values[i] * factor;
            volatile float shifted = values[i] * inverse;
            shifted = static_cast<float>(a.scale().zero) + shifted;
            tally.same(int{u8[i]}, clipped(std::nearbyint(static_cast<double>(quotient)) + onnx.scale().zero, 0, 255),
                       i);
            tally.same(int{symmetric[i]}, clipped(std::round(static_cast<double>(product)), -127, 127), i);
            tally.same(int{asymmetric[i]}, clipped(std::round(static_cast<double>(shifted)), -128, 127), i);
        }
    }
    tally.require_all_equal(3 * 614);
}

TEST_CASE("each row of a matrix by itself") {
    constexpr std::size_t m = 5;
    constexpr std::size_t k = 37;
    auto values = values_of(m * k, 9);
    for (std::size_t c = 0; c < k; ++c) {
        values[k + c] = 0.0f;           // a row of zeros
        values[2 * k + c] *= 0x1p-20f;  // and a small one
    }
    std::vector<std::uint8_t> codes(m * k, 99), alone(k);
    std::vector<float> scales(m);
    std::vector<std::int32_t> zeros(m);
    const auto rows =
        quantize_dynamic_rows<OnnxDynamic, std::uint8_t>(values, codes.data(), Shape<dyn, dyn>(m, k), scales, zeros);
    for (std::size_t i = 0; i < m; ++i) {
        const auto row = quantize_dynamic<OnnxDynamic, std::uint8_t>(std::span(values).subspan(i * k, k), alone.data(),
                                                                     Shape<dyn>(k));
        CHECK(rows.scale().scale(i) == row.scale().value);
        CHECK(rows.scale().zero_point(i) == row.scale().zero);
        CHECK(std::equal(alone.begin(), alone.end(), codes.begin() + static_cast<std::ptrdiff_t>(i * k)));
    }
    CHECK(scales[1] == 1.0f / 255.0f);
    CHECK(codes[k] == 0);
    CHECK(scales[2] < scales[0] * 0x1p-18f);
    CHECK(says(refused([&] {
                   quantize_dynamic_rows<OnnxDynamic, std::uint8_t>(values, codes.data(), Shape<dyn, dyn>(m, k),
                                                                    std::span(scales).first(m - 1), zeros);
               }),
               "a scale per row (value 4, limit 5)"));
    CHECK(says(refused([&] {
                   quantize_dynamic_rows<OnnxDynamic, std::uint8_t>(values, codes.data(), Shape<dyn, dyn>(m, k), scales,
                                                                    std::span(zeros).first(m - 1));
               }),
               "a zero point per row (value 4, limit 5)"));
}

TEST_CASE("constant, empty, NaN and infinite values") {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    std::uint8_t codes[3] = {9, 9, 9};
    const auto onnx = [&](const std::vector<float>& values) {
        return quantize_dynamic<OnnxDynamic, std::uint8_t>(values, codes, Shape<dyn>(values.size())).scale();
    };
    CHECK(onnx({}) == Affine{1.0f / 255.0f, 0});
    CHECK(onnx({0.0f, -0.0f, 0.0f}) == Affine{1.0f / 255.0f, 0});
    CHECK((codes[0] == 0 && codes[1] == 0 && codes[2] == 0));
    CHECK(onnx({5.0f, 5.0f, 5.0f}) == Affine{5.0f / 255.0f, 0});  // a constant is one end of the range, zero the other
    CHECK((codes[0] == 255 && codes[2] == 255));
    CHECK(onnx({-127.5f, nan, 127.5f}) == Affine{1.0f, 128});  // 127.5 rounds to even
    CHECK((codes[0] == 0 && codes[1] == 128 && codes[2] == 255));    // NaN becomes real zero
    for (const float end : {infinity, -infinity})
        CHECK(says(refused([&] { onnx({1.0f, end}); }), "a scale is positive and finite"));
    CHECK(
        says(refused([&] { onnx({-3e38f, 3e38f}); }), "a scale is positive and finite"));  // the width is beyond float
}

TEST_CASE("dynamic quantization by the compiler") {
    constexpr auto code = [] {
        const float values[] = {1.0f, -2.0f, 0.5f};
        std::int8_t cells[3]{};
        const auto tensor = quantize_dynamic<TfLiteHybridSymmetric, int8_symmetric>(values, cells, Shape<3>{});
        return tensor(1) + tensor(0);
    }();
    STATIC_REQUIRE(code == -127 + 64);  // 63.5 rounds away from zero
}
