// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/fbgemm.hpp>

#include "support/catch.hpp"
#include "support/dialect_checks.hpp"

using namespace qtensor_test;
using qtensor::CodeRange;
using qtensor::FbgemmFloat;
using qtensor::TorchFloat;

namespace {
/// lrintf(f32(acc) * M), unclamped: a double holds the product of two floats, so the cast rounds once.
int128 whole(std::int32_t acc, const std::array<std::int32_t, 1>& m) {
    const float scale = std::bit_cast<float>(m[0]);
    const auto real = static_cast<float>(static_cast<double>(static_cast<float>(acc)) * static_cast<double>(scale));
    return static_cast<int128>(std::nearbyint(static_cast<double>(real)));
}
}  // namespace

TEST_CASE("FBGEMM's float rule rounds to even and clamps behind the zero point", "[numeric][fbgemm]") {
    DialectCases<FbgemmFloat> cases;
    Random random(88);
    for (const float scale : {0.5f, 0.25f, 0.0111111113802f, 1.0f, 1.0f / 3.0f, 255.99998f, 0x1p-32f, 1e-4f})
        add_accumulators(cases, {std::bit_cast<std::int32_t>(scale)}, random, 2000);
    for (int exponent = -32; exponent <= 7; ++exponent) {
        for (int i = 0; i < 40; ++i)
            add_accumulators(cases, {std::bit_cast<std::int32_t>(std::ldexp(random.real(1.0, 2.0), exponent))}, random);
    }
    dialect_equals<FbgemmFloat>(cases, then_zero_point(whole), 300000);
    DialectCases<TorchFloat> torch;
    for (const auto& c : cases) torch.push_back({c.acc, c.words});
    dialect_equals<TorchFloat>(torch, then_zero_point(whole), 300000);
}

TEST_CASE("M is computed in float by FBGEMM's operators, in double by requantize_from_int", "[numeric][fbgemm]") {
    Random random(89);
    Tally tally;
    int different = 0;
    for (int i = 0; i < 300000; ++i) {
        const auto [x, w, y] = layer_scales(random);
        const volatile float product = x * w;
        const volatile float in_float = product / y;
        const volatile double wide = static_cast<double>(x) * static_cast<double>(w);
        const float in_double = static_cast<float>(wide / static_cast<double>(y));
        tally.same_bits(std::bit_cast<float>(FbgemmFloat::derive(x, w, y)[0]), in_float, x, w, y);
        tally.same_bits(std::bit_cast<float>(TorchFloat::derive(x, w, y)[0]), in_double, x, w, y);
        different += in_float != in_double;
    }
    tally.require_all_equal(600000);
    CHECK(different > 30000);
}

TEST_CASE("PyTorch's rule gives -120 for tensorflow issue 102943", "[numeric][fbgemm]") {
    constexpr auto words = TorchFloat::derive(0.0111111113802f, 1.0f, 1.0f);
    STATIC_REQUIRE(TorchFloat::apply(585, words, CodeRange{-126, -128, 127}) == -120);
}
