// SPDX-License-Identifier: BSL-1.0
/// \file
/// Scales that are none, constants at their ends, and tensors of nothing.

#include "support/catch.hpp"

#include <qtensor/qtensor.hpp>

#include <algorithm>
#include <array>
#include <cfloat>
#include <limits>
#include <vector>

#include "support/arches.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"
#include "support/rounding_oracle.hpp"
#include "support/stages.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::int128;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::Tally;

constexpr float infinity = std::numeric_limits<float>::infinity();
const float no_scales[] = {
    0.0f, -0.0f, -1.0f, -FLT_TRUE_MIN, infinity, -infinity, std::numeric_limits<float>::quiet_NaN()};
const char* const usable = "a scale is positive and finite";

/// The accumulators 0, 1, -1 and both ends through a dialect, as codes.
template <class D> std::vector<std::int32_t> codes_of(float sx, float sw, float sy, std::int32_t zero) {
    const Incoming<std::int32_t, dyn, Product<PerTensor<>, PerTensor<>>> in{{PerTensor{sx}, PerTensor{sw}}, 5, nullptr};
    const auto bound = bind_stages(in, Requantize<std::int8_t, D>{Affine{sy, zero}});
    const std::vector<std::int32_t> accumulators{0, 1, -1, INT32_MAX, INT32_MIN};
    const auto want = qtensor_test::apply_stage<arch::scalar>(bound, accumulators);
    qtensor_test::EveryArch::each(
        [&]<class Arch>() { CHECK(qtensor_test::apply_stage<Arch>(bound, accumulators) == want); });
    return want;
}

}  // namespace

TEST_CASE("What is no scale is refused wherever a scale comes in", "[awkward]") {
    const float values[2]{1.0f, 2.0f};
    float reals[2]{};
    std::int8_t codes[2]{};
    const QTensor<std::int8_t, PerTensor<>, Shape<1, 2>> good(codes, {}, PerTensor{1.0f});
    for (const float scale : no_scales) {
        const QTensor<std::int8_t, PerTensor<>, Shape<1, 2>> bad(codes, {}, PerTensor{scale});
        CHECK(says(refused([&] { quantize_into(std::span<const float>(values), bad); }), usable));
        CHECK(says(refused([&] { dequantize_into(bad, reals); }), usable));
        CHECK(says(refused([&] { pack<arch::scalar, std::int8_t>(bad); }), usable));
        CHECK(says(refused([&] { pack<arch::native, std::int8_t>(bad); }), usable));
        CHECK(says(refused([&] { matmul(bad, good); }), usable));
        CHECK(says(refused([&] { matmul(good, bad); }), usable));
        CHECK(says(refused([&] { matmul(good, good, Requantize<std::int8_t>{Affine{scale, 0}}); }), usable));
        CHECK(says(refused([&] { requantize_into(bad, good); }), usable));
        CHECK(says(refused([&] { requantize_into(good, bad); }), usable));
        CHECK(says(refused([&] { requantize<std::int8_t>(good, PerTensor{scale}); }), usable));
    }
}

TEST_CASE("Scales at the ends of float: a multiplier of nothing, and one beyond the rule", "[awkward]") {
    const std::vector<std::int32_t> nothing(5, 3);
    // s_x * s_w / s_y is below every rule's smallest multiplier: all codes are the zero point.
    CHECK(codes_of<TfLiteDoubleRounding>(FLT_TRUE_MIN, 1.0f, 1.0f, 3) == nothing);
    CHECK(codes_of<TfLiteSingleRounding>(FLT_TRUE_MIN, FLT_TRUE_MIN, FLT_MAX, 3) == nothing);
    CHECK(codes_of<TfLiteNeon>(FLT_TRUE_MIN, FLT_TRUE_MIN, FLT_MAX, 3) == nothing);
    CHECK(codes_of<XnnpackFp32>(FLT_TRUE_MIN, FLT_TRUE_MIN, FLT_MAX, 3) == nothing);
    CHECK(codes_of<XnnpackRndnu>(FLT_TRUE_MIN, FLT_TRUE_MIN, FLT_MAX, 3) == nothing);
    CHECK(codes_of<TorchFloat>(FLT_TRUE_MIN, FLT_TRUE_MIN, FLT_MAX, 3) == nothing);
    CHECK(codes_of<OnnxQLinear<>>(FLT_TRUE_MIN, FLT_TRUE_MIN, FLT_MAX, 3) == nothing);
    CHECK(codes_of<OnnxQLinear<float16>>(1e-4f, 1e-4f, 1.0f, 3) == nothing);  // 1e-8 is 0 as float16
    CHECK(codes_of<ExactRational<>>(FLT_TRUE_MIN, FLT_TRUE_MIN, FLT_MAX, 3) == nothing);
    CHECK(codes_of<GemmlowpLegacy>(FLT_TRUE_MIN, FLT_TRUE_MIN, FLT_MAX, 3) == nothing);
    // Subnormal scales that cancel are as good as any: the multiplier is 1/2, 0.5 rounds as the rule says.
    CHECK(codes_of<TfLiteDoubleRounding>(FLT_TRUE_MIN, 1.0f, 2.0f * FLT_TRUE_MIN, 3) ==
          std::vector<std::int32_t>{3, 4, 3, 127, -128});
    CHECK(codes_of<XnnpackFp32>(FLT_TRUE_MIN, 1.0f, 2.0f * FLT_TRUE_MIN, 3) ==
          std::vector<std::int32_t>{3, 3, 3, 127, -128});
    CHECK(codes_of<ExactRational<HalfAway>>(FLT_TRUE_MIN, 1.0f, 2.0f * FLT_TRUE_MIN, 3) ==
          std::vector<std::int32_t>{3, 4, 2, 127, -128});
    // Beyond the rule: refused when bound, and an infinite float multiplier makes no NaN of the accumulator 0.
    CHECK(says(refused([] { codes_of<TfLiteDoubleRounding>(FLT_MAX, 1.0f, 1.0f, 0); }), "is in [0, 2^31)"));
    CHECK(says(refused([] { codes_of<TfLiteSingleRounding>(1.0f, 1.0f, FLT_TRUE_MIN, 0); }), "is in [0, 2^31)"));
    CHECK(says(refused([] { codes_of<XnnpackFp32>(FLT_MAX, 2.0f, 1.0f, 0); }), "is not finite"));
    CHECK(says(refused([] { codes_of<XnnpackFp32>(1.0f, 1.0f, FLT_TRUE_MIN, 0); }), "is not finite"));
    CHECK(says(refused([] { codes_of<TorchFloat>(FLT_MAX, 2.0f, 1.0f, 0); }), "is not finite"));
    CHECK(says(refused([] { codes_of<OnnxQLinear<>>(FLT_MAX, 2.0f, 1.0f, 0); }), "is not finite"));
    CHECK(says(refused([] { codes_of<OnnxQLinear<float16>>(256.0f, 256.0f, 1.0f, 0); }), "is not finite"));
    CHECK(says(refused([] { codes_of<XnnpackRndnu>(FLT_MAX, 1.0f, 1.0f, 0); }), "below 256"));
    CHECK(says(refused([] { codes_of<ExactRational<>>(FLT_MAX, 1.0f, 1.0f, 0); }), "below 2^22"));
    CHECK(codes_of<XnnpackFp32>(FLT_MAX, 1.0f, 1.0f, 3) == std::vector<std::int32_t>{3, 127, -128, 127, -128});
}

TEST_CASE("Multipliers 0 and 2^31 - 1 at every shift from -31 to 30, zero points far outside the codes", "[awkward]") {
    const Incoming<std::int32_t, dyn, Product<PerTensor<>, PerTensor<>>> in{
        {PerTensor{1.0f}, PerTensor{1.0f}}, 1, nullptr};
    Tally tally;
    for (std::int32_t shift = -31; shift <= 30; ++shift) {
        for (const std::int32_t mantissa : {0, 1, 1 << 30, INT32_MAX}) {
            const std::array<std::int32_t, 2> words{mantissa, shift};
            const std::int32_t reach = INT32_MAX >> (shift > 0 ? shift : 0);
            const std::int32_t two = std::min(reach, 2);  // times 2^shift it fits int32
            const std::vector<std::int32_t> values{0,     1,      -1,        two,        -two,
                                                   reach, -reach, reach / 2, -reach / 2, reach / 3};
            for (const std::int32_t zero : {0, 127, 128, -129, 1000, -1000, 8388608, -8388608}) {
                const auto twice = bind_stages(in, RequantizeBy<std::int8_t, CmsisNn>{Affine{1.0f, zero}, {&words, 1}});
                const auto once =
                    bind_stages(in, RequantizeBy<std::int8_t, CmsisNnSingleRounding>{Affine{1.0f, zero}, {&words, 1}});
                qtensor_test::EveryArch::each([&]<class Arch>() {
                    const auto a = qtensor_test::apply_stage<Arch>(twice, values);
                    const auto b = qtensor_test::apply_stage<Arch>(once, values);
                    for (std::size_t i = 0; i < values.size(); ++i) {
                        const auto single = static_cast<std::int64_t>(qtensor_test::floor_divide(
                            int128{values[i]} * mantissa + (int128{1} << (30 - shift)), int128{1} << (31 - shift)));
                        const std::int64_t twofold = oracle::tflite_multiply(values[i], mantissa, shift);
                        tally.same(a[i], oracle::clamped(twofold + zero, -128, 127), values[i], mantissa, shift, zero);
                        tally.same(b[i], oracle::clamped(single + zero, -128, 127), values[i], mantissa, shift, zero);
                    }
                });
            }
        }
    }
    tally.require_all_equal(62 * 4 * 8 * 10 * 2);
}

TEST_CASE("Tensors of nothing, and products with no row, no output or no depth", "[awkward]") {
    std::int8_t codes[1]{55};
    float reals[1]{5.0f};
    const QTensor<std::int8_t, Affine<>> none(codes, Shape<dyn>(0), Affine{0.5f, 3});
    quantize_into(std::span<const float>(reals, 0), none);
    dequantize_into(none, std::span<float>(reals, 0));
    requantize_into(none, none);
    CHECK((codes[0] == 55 && reals[0] == 5.0f));
    qtensor_test::EveryArch::each([&]<class Arch>() {
        using Matrix = Shape<dyn, dyn>;
        for (const auto [m, n, k] : {std::array<std::size_t, 3>{0, 2, 3}, {2, 0, 3}, {2, 3, 0}}) {
            std::vector<std::int8_t> x(6, 1), w(6, 1);
            std::vector<std::int8_t> y(6, 77);
            const QTensor<const std::int8_t, Affine<>, Matrix> weights(w.data(), Matrix(n, k), Affine{1.0f, 2});
            using Packed = packed_for<Arch, std::int8_t, std::remove_const_t<decltype(weights)>>;
            alignas(64) std::byte memory[1 << 14], workspace[1 << 14];
            const Packed packed(weights, memory);
            const Linear linear(packed, Affine{1.0f, -5}, Requantize<std::int8_t>{Affine{1.0f, 9}});
            linear(QTensor<const std::int8_t, Affine<>, Matrix>(x.data(), Matrix(m, k), Affine{1.0f, -5}),
                   QTensor<std::int8_t, Affine<>, Matrix>(y.data(), Matrix(m, n), Affine{1.0f, 9}), workspace);
            for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == (k == 0 ? 9 : 77));  // an empty sum is 0
        }
    });
}
