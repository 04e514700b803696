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
    // The zero point goes in before rounding: -0.5 + 1 = 0.5 rounds away to 1; rounded first, it would be -1 + 1.
    const auto rounding = TfLiteHybridAsymmetric::rounding<std::int8_t>(0.0f, 0.0f);
    CHECK(rounding.shifted(-0.5f, 1.0f, 1.0f) == 1.0f);
}
