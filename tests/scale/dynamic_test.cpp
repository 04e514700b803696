// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/scale/dynamic.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "support/samples.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Random;
using qtensor_test::Tally;

/// A range that holds zero, of any size; one end is often zero.
struct Ends {
    float lowest;
    float highest;
};
Ends ends(Random& random) {
    const auto one = [&] {
        return random.between(0, 5) == 0 ? 0.0f
                                         : std::ldexp(static_cast<float>(random.between(1, 1 << 20)),
                                                      static_cast<int>(random.between(-50, 40)));
    };
    return {-one(), one()};
}

}  // namespace

TEST_CASE("ONNX: the scale and the zero point of DynamicQuantizeLinear, step by step in float") {
    Tally tally;
    Random random(61);
    for (int i = 0; i < 20000; ++i) {
        const Ends range = ends(random);
        const Affine<> got = OnnxDynamic::fit<std::uint8_t>(range.lowest, range.highest);
        volatile float scale = range.highest - range.lowest;
        scale = (scale == 0.0f ? 1.0f : scale) / 255.0f;
        volatile float zero = range.lowest / scale;
        zero = 0.0f - zero;
        const float clipped = zero < 0.0f ? 0.0f : zero > 255.0f ? 255.0f : zero;
        tally.same(std::bit_cast<std::uint32_t>(got.value), std::bit_cast<std::uint32_t>(static_cast<float>(scale)), i);
        tally.same(got.zero, static_cast<std::int32_t>(std::nearbyint(clipped)), i);
    }
    tally.require_all_equal(40000);
    CHECK(OnnxDynamic::fit<std::uint8_t>(0.0f, 0.0f) == Affine{1.0f / 255.0f, 0});
    CHECK(OnnxDynamic::fit<std::int8_t>(0.0f, 0.0f) == Affine{1.0f / 255.0f, -128});
    CHECK(OnnxDynamic::fit<std::int8_t>(-127.5f, 127.5f) == Affine{1.0f, 0});  // -0.5 rounds to even
    CHECK(OnnxDynamic::fit<std::uint8_t>(-0x1p-149f, 0x1p-149f).zero == 0);    // the scale would be 0: no range
}

TEST_CASE("TFLite hybrid, symmetric: the largest magnitude is 127") {
    Tally tally;
    Random random(62);
    for (int i = 0; i < 20000; ++i) {
        const Ends range = ends(random);
        const float r = std::fmax(-range.lowest, range.highest);
        const Affine<> got = TfLiteHybridSymmetric::fit<int8_symmetric>(range.lowest, range.highest);
        const auto rounding = TfLiteHybridSymmetric::rounding<int8_symmetric>(range.lowest, range.highest);
        const volatile float scale = r == 0.0f ? 1.0f : r / 127.0f;
        const volatile float factor = r == 0.0f ? 0.0f : 127.0f / r;
        tally.same(std::bit_cast<std::uint32_t>(got.value), std::bit_cast<std::uint32_t>(static_cast<float>(scale)), i);
        tally.same(std::bit_cast<std::uint32_t>(rounding.factor),
                   std::bit_cast<std::uint32_t>(static_cast<float>(factor)), i);
        tally.same(got.zero, 0, i);
    }
    tally.require_all_equal(60000);
    // 127 / r is infinite, or r / 127 is zero: no range.
    for (const float r : {0x1p-149f, 0x1p-130f, 0x1p-122f}) {
        CHECK(TfLiteHybridSymmetric::fit<int8_symmetric>(-r, r) == Affine{1.0f, 0});
        CHECK(TfLiteHybridSymmetric::rounding<int8_symmetric>(-r, r).factor == 0.0f);
    }
    CHECK(TfLiteHybridSymmetric::fit<int8_symmetric>(0.0f, 0x1p-120f) == Affine{0x1p-120f / 127.0f, 0});
}

TEST_CASE("TFLite hybrid, asymmetric: the zero point comes from the nearer end") {
    Tally tally;
    Random random(63);
    for (int i = 0; i < 20000; ++i) {
        const Ends range = ends(random);
        const Affine<> got = TfLiteHybridAsymmetric::fit<std::int8_t>(range.lowest, range.highest);
        const double scale = (static_cast<double>(range.highest) - static_cast<double>(range.lowest)) / 255.0;
        if (scale == 0.0) {
            tally.same(got.zero, 0, i);
            continue;
        }
        const double below = static_cast<double>(range.lowest) / scale;
        const double above = static_cast<double>(range.highest) / scale;
        const double zero = 128.0 + std::fabs(below) < 127.0 + std::fabs(above) ? -128.0 - below : 127.0 - above;
        const double clipped = zero <= -128.0 ? -128.0 : zero >= 127.0 ? 127.0 : std::round(zero);
        tally.same(got.zero, static_cast<std::int32_t>(clipped), i);
        tally.same(std::bit_cast<std::uint32_t>(got.value), std::bit_cast<std::uint32_t>(static_cast<float>(scale)), i);
    }
    tally.require_all_equal(38000);
    CHECK(TfLiteHybridAsymmetric::fit<std::int8_t>(0.0f, 0.0f) == Affine{1.0f, 0});
    CHECK(TfLiteHybridAsymmetric::fit<std::int8_t>(0.0f, 255.0f) == Affine{1.0f, -128});
    CHECK(TfLiteHybridAsymmetric::fit<std::int8_t>(-255.0f, 0.0f) == Affine{1.0f, 127});
    CHECK(TfLiteHybridAsymmetric::fit<std::int8_t>(-0x1p-149f, 0.0f) == Affine{1.0f, 0});
    CHECK(TfLiteHybridAsymmetric::fit<std::int8_t>(0.0f, 2.5e-37f) == Affine{1.0f, 0});  // 1 / s is infinite
    // The zero point goes in before rounding: -0.5 + 1 = 0.5 rounds away to 1; rounded first, it would be -1 + 1.
    const auto rounding = TfLiteHybridAsymmetric::rounding<std::int8_t>(0.0f, 0.0f);
    CHECK(rounding.shifted(-0.5f, 1.0f, 1.0f) == 1.0f);
}

namespace {

/// ChooseQuantizationParams, as PyTorch writes it.
Affine<> torch_params(float low, float high, int qmin, int qmax) {
    double scale = (static_cast<double>(high) - static_cast<double>(low)) / (qmax - qmin);
    if (static_cast<float>(scale) == 0.0f || std::isinf(1.0f / static_cast<float>(scale))) scale = 0.1;
    volatile float lowest = low, highest = high;
    if (scale < static_cast<double>(6.1e-5f)) {
        const volatile float growth = 6.1e-5f / static_cast<float>(scale);
        if (low == 0.0f) {
            highest = 6.1e-5f * static_cast<float>(qmax - qmin);
        } else if (high == 0.0f) {
            lowest = -6.1e-5f * static_cast<float>(qmax - qmin);
        } else {
            lowest = low * growth;
            highest = high * growth;
        }
        scale = static_cast<double>(6.1e-5f);
    }
    const volatile double below = static_cast<double>(lowest) / scale, above = static_cast<double>(highest) / scale;
    const bool nearer = std::abs(qmin) - std::fabs(below) < std::abs(qmax) - std::fabs(above);
    const double zero = nearer ? qmin - below : qmax - above;
    return {static_cast<float>(scale), zero < qmin   ? qmin
                                       : zero > qmax ? qmax
                                                     : static_cast<std::int32_t>(std::nearbyint(zero))};
}

}  // namespace

TEST_CASE("PyTorch on FBGEMM: half the codes, no scale below 6.1e-5") {
    Tally tally;
    Random random(64);
    for (int i = 0; i < 20000; ++i) {
        const Ends range = ends(random);
        const auto same = [&](Affine<> got, Affine<> want) {
            tally.same(std::bit_cast<std::uint32_t>(got.value), std::bit_cast<std::uint32_t>(want.value), i);
            tally.same(got.zero, want.zero, i);
        };
        same(TorchDynamic<>::fit<std::uint8_t>(range.lowest, range.highest),
             torch_params(range.lowest, range.highest, 0, 127));
        same(TorchDynamic<false>::fit<std::uint8_t>(range.lowest, range.highest),
             torch_params(range.lowest, range.highest, 0, 255));
        same(TorchDynamic<>::fit<std::int8_t>(range.lowest, range.highest),
             torch_params(range.lowest, range.highest, -64, 63));
    }
    tally.require_all_equal(120000);
    STATIC_REQUIRE(TorchDynamic<>::fit<std::uint8_t>(0.0f, 0.0f) == Affine{0.1f, 0});
    STATIC_REQUIRE(TorchDynamic<>::fit<std::uint8_t>(0.0f, 127.0f) == Affine{1.0f, 0});
    STATIC_REQUIRE(TorchDynamic<>::fit<std::uint8_t>(-127.0f, 0.0f) == Affine{1.0f, 127});
    STATIC_REQUIRE(TorchDynamic<>::fit<std::uint8_t>(-63.5f, 63.5f) == Affine{1.0f, 64});  // 63.5 to even
    STATIC_REQUIRE(TorchDynamic<false>::fit<std::uint8_t>(0.0f, 255.0f) == Affine{1.0f, 0});
    STATIC_REQUIRE(TorchDynamic<>::fit<std::uint8_t>(0.0f, 1e-6f) == Affine{6.1e-5f, 0});
    STATIC_REQUIRE(TorchDynamic<>::fit<std::uint8_t>(-1e-6f, 0.0f) == Affine{6.1e-5f, 127});
    STATIC_REQUIRE(TorchDynamic<>::fit<std::uint8_t>(-0x1p-149f, 0.0f) == Affine{0.1f, 0});
    CHECK(TorchDynamic<false>::fit<std::uint8_t>(0.0f, 2.5e-37f) == Affine{0.1f, 0});
}
