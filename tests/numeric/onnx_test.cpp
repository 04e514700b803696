// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/onnx.hpp>

#include "support/catch.hpp"
#include "support/dialect_checks.hpp"

using namespace qtensor_test;
using qtensor::CodeRange;
using qtensor::float16;
using qtensor::OnnxQLinear;

namespace {
/// even(C * S + z) in double, as NumPy does; far outside every range it stops at 2^62.
int128 whole(std::int32_t acc, const std::array<std::int32_t, 1>& m, std::int32_t zero) {
    const volatile double product = static_cast<double>(acc) * static_cast<double>(std::bit_cast<float>(m[0]));
    return static_cast<int128>(std::clamp(std::nearbyint(product + static_cast<double>(zero)), -0x1p62, 0x1p62));
}
}  // namespace

TEST_CASE("ONNX adds the zero point before it rounds to even, in double", "[numeric][onnx]") {
    DialectCases<OnnxQLinear<>> cases;
    Random random(91);
    for (const float scale : {0.5f, 0.25f, 0.0111111113802f, 1.0f, 1.0f / 3.0f, 1e10f, FLT_MAX, FLT_MIN, 0x1p-32f})
        add_accumulators(cases, {std::bit_cast<std::int32_t>(scale)}, random, 2000);
    for (int exponent = -40; exponent <= 20; ++exponent) {
        for (int i = 0; i < 30; ++i)
            add_accumulators(cases, {std::bit_cast<std::int32_t>(std::ldexp(random.real(1.0, 2.0), exponent))}, random);
    }
    dialect_equals<OnnxQLinear<>>(cases, whole, 300000);
    constexpr auto half = OnnxQLinear<>::derive(0.5f, 1.0f, 1.0f);
    STATIC_REQUIRE(OnnxQLinear<>::apply(5, half, CodeRange{0, -128, 127}) == 2);
    STATIC_REQUIRE(OnnxQLinear<>::apply(5, half, CodeRange{1, -128, 127}) == 4);  // 3.5; rounding first gives 2 + 1
    STATIC_REQUIRE(OnnxQLinear<>::apply(-5, half, CodeRange{1, -128, 127}) == -2);
    // In double 0.5 - 2^-24 + 1 is below the tie; in float it would be the tie, 1.5, and become 2.
    constexpr auto below_half = OnnxQLinear<>::derive(0x1.fffffep-2f, 1.0f, 1.0f);
    STATIC_REQUIRE(OnnxQLinear<>::apply(1, below_half, CodeRange{1, -128, 127}) == 1);
}

TEST_CASE("The multiplier is rounded to the type of the scales at every step", "[numeric][onnx]") {
    Random random(92);
    Tally tally;
    int different = 0;
    for (int i = 0; i < 100000; ++i) {
        const auto [x, w, y] = layer_scales(random);
        const volatile float product = x * w;
        const volatile float quotient = product / y;
        tally.same_bits(std::bit_cast<float>(OnnxQLinear<>::derive(x, w, y)[0]), quotient, x, w, y);
        // Halves: their products and quotients, rounded to float, round to half as the exact ones do.
        const auto a = static_cast<float>(float16(random.real(0.01, 4.0)));
        const auto b = static_cast<float>(float16(random.real(0.01, 4.0)));
        const auto c = static_cast<float>(float16(random.real(0.01, 4.0)));
        const auto half_product = static_cast<float>(float16(a * b));
        const auto want = static_cast<float>(float16(half_product / c));
        tally.same_bits(std::bit_cast<float>(OnnxQLinear<float16>::derive(a, b, c)[0]), want, a, b, c);
        different += want != std::bit_cast<float>(OnnxQLinear<>::derive(a, b, c)[0]);
    }
    tally.require_all_equal(200000);
    CHECK(different > 50000);
    STATIC_REQUIRE(OnnxQLinear<float16>::derive(0.5f, 0.25f, 2.0f)[0] == std::bit_cast<std::int32_t>(0.0625f));
}
