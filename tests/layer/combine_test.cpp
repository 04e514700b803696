// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/combine.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "support/arches.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"
#include "support/tally.hpp"

using namespace qtensor;
using qtensor_test::EveryArch;
using qtensor_test::refused;
using qtensor_test::says;

namespace {

struct Edges {
    Affine<> a, b, y;
};

/// TFLite's sum once more: gemmlowp's roundings in 128 bits, multipliers by frexp.
std::int64_t tflite_sum(std::int64_t a, std::int64_t b, const Edges& e, int left, bool minus, std::int64_t lowest,
                        std::int64_t highest) {
    const double largest = 2.0 * std::max(static_cast<double>(e.a.value), static_cast<double>(e.b.value));
    const auto scaled = [&](std::int64_t x, const Affine<>& s) {
        const auto words = oracle::tflite_words(static_cast<double>(s.value) / largest);
        return oracle::tflite_multiply((x - s.zero) * (std::int64_t{1} << left), words.mantissa, words.shift);
    };
    const auto out = oracle::tflite_words(largest / (std::ldexp(1.0, left) * static_cast<double>(e.y.value)));
    const std::int64_t sum = scaled(a, e.a) + (minus ? -scaled(b, e.b) : scaled(b, e.b));
    return oracle::clamped(oracle::tflite_multiply(sum, out.mantissa, out.shift) + e.y.zero, lowest, highest);
}

/// All pairs of codes through Op on every architecture.
template <class Op, class X, class N, class Want> void check(const Edges& edges, const Want& want, int step = 1) {
    qtensor_test::Tally tally;
    const typename Op::template Bound<X, N> op(edges.a, edges.b, edges.y);
    constexpr int lowest = static_cast<int>(element<X>::lowest), highest = static_cast<int>(element<X>::highest);
    EveryArch::each([&]<class Arch>() {
        using V = lanes<std::int32_t, Arch>;
        constexpr std::size_t width = lane::width<V>;
        for (int a = lowest; a <= highest; a += step) {
            for (int b = lowest; b <= highest; b += static_cast<int>(width) * step) {
                std::int32_t bs[width], got[width];
                for (std::size_t i = 0; i < width; ++i) bs[i] = std::min(b + static_cast<int>(i) * step, highest);
                lane::store(got, op(lane::broadcast<V>(std::int32_t{a}), lane::load<V>(bs, width)), width);
                for (std::size_t i = 0; i < width; ++i) tally.same(got[i], want(a, bs[i]), Arch::name, a, bs[i]);
            }
        }
    });
    tally.require_all_equal(10000);
}

constexpr Edges edges_of_8[] = {{{0.1f, 3}, {0.25f, -7}, {0.3f, 5}},
                                {{1.0f, -128}, {1.0f, -128}, {2.0f, -128}},
                                {{0.007f, 127}, {0.9f, 0}, {0.5f, -20}},
                                {{0.5f, 0}, {0.5f, 0}, {0.01f, 0}}};

}  // namespace

TEST_CASE("Sums and differences by TFLite's rule: every pair of bytes", "[layer][combine]") {
    for (const Edges& e : edges_of_8) {
        check<Add, std::int8_t, numerics::TfLite>(
            e, [&](int a, int b) { return tflite_sum(a, b, e, 20, false, -128, 127); });
        check<Subtract, std::int8_t, numerics::TfLite>(
            e, [&](int a, int b) { return tflite_sum(a, b, e, 20, true, -128, 127); });
    }
    const Edges wide{{0.000585f, 0}, {0.000807f, 0}, {0.001024f, 0}};
    check<Add, std::int16_t, numerics::TfLite>(
        wide, [&](int a, int b) { return tflite_sum(a, b, wide, 15, false, -32768, 32767); }, 257);
    check<Subtract, std::int16_t, numerics::TfLite>(
        wide, [&](int a, int b) { return tflite_sum(a, b, wide, 15, true, -32768, 32767); }, 255);
}

TEST_CASE("Sums of other bundles go through real numbers", "[layer][combine]") {
    for (const Edges& e : edges_of_8) {
        check<Add, std::int8_t, numerics::Xnnpack>(e, [&](int a, int b) {
            volatile float left = static_cast<float>(a - e.a.zero) * e.a.value;
            volatile float right = static_cast<float>(b - e.b.zero) * e.b.value;
            volatile float sum = left + right;
            volatile float quotient = sum / e.y.value;
            return oracle::clamped(static_cast<std::int64_t>(std::nearbyint(quotient)) + e.y.zero, -128, 127);
        });
    }
}

TEST_CASE("Products: every pair of bytes, TFLite's dialect and XNNPACK's", "[layer][combine]") {
    for (const Edges& e : edges_of_8) {
        check<Multiply, std::int8_t, numerics::TfLite>(e, [&](int a, int b) {
            return oracle::tflite((a - e.a.zero) * (b - e.b.zero), e.a.value, e.b.value, e.y.value, e.y.zero, -128,
                                  127);
        });
        check<Multiply, std::int8_t, numerics::Xnnpack>(e, [&](int a, int b) {
            return oracle::xnnpack((a - e.a.zero) * (b - e.b.zero), e.a.value, e.b.value, e.y.value, e.y.zero, -128,
                                   127);
        });
    }
}

TEST_CASE("The smaller and the larger code", "[layer][combine]") {
    const Edges same{{0.5f, 3}, {0.5f, 3}, {0.5f, 3}};
    check<Minimum, std::int8_t, numerics::TfLite>(same, [](int a, int b) { return std::min(a, b); });
    check<Maximum, std::uint8_t, numerics::TfLite>(same, [](int a, int b) { return std::max(a, b); });
}

TEST_CASE("Scales that an operation cannot take are refused in a sentence", "[layer][combine]") {
    const auto bind = []<class Op, class X>(const Op&, const X&, const Edges& e) {
        return refused([&] { const typename Op::template Bound<X, numerics::TfLite> op(e.a, e.b, e.y); });
    };
    constexpr std::int8_t i8{};
    constexpr std::int16_t i16{};
    CHECK(bind(Maximum{}, i8, {{0.5f, 3}, {0.5f, 3}, {0.5f, 3}}) == "nothing was refused");
    CHECK(says(bind(Maximum{}, i8, {{0.5f, 3}, {0.5f, 4}, {0.5f, 3}}), "at one scale"));
    CHECK(says(bind(Minimum{}, i8, {{0.5f, 3}, {0.5f, 3}, {0.25f, 3}}), "at one scale"));
    CHECK(bind(Add{}, i16, {{0.5f, 0}, {0.5f, 0}, {0.5f, 9}}) == "nothing was refused");
    CHECK(bind(Add{}, i16, {{0.5f, 0}, {0.5f, 32767}, {0.5f, 0}}) == "nothing was refused");
    CHECK(says(bind(Add{}, i16, {{0.5f, 0}, {0.5f, 32768}, {0.5f, 0}}), "so far outside its codes"));
    CHECK(says(bind(Add{}, i8, {{0.5f, 1921}, {0.5f, 0}, {0.5f, 0}}), "so far outside its codes"));
    CHECK(says(bind(Add{}, i8, {{1.0f, 0}, {1.0f, 0}, {0x1p-20f, 0}}), "too fine a scale"));
    CHECK(bind(Multiply{}, i16, {{0.5f, 0}, {0.5f, 0}, {0.5f, 0}}) == "nothing was refused");
    CHECK(says(bind(Multiply{}, i16, {{0.5f, 32767}, {0.5f, 32767}, {0.5f, 0}}), "16-bit operands"));
    CHECK(says(bind(Multiply{}, i16, {{2.0f, 0}, {2.0f, 0}, {0.5f, 0}}), "not far above one"));
}
