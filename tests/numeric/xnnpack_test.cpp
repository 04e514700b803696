// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/xnnpack.hpp>

#include "support/catch.hpp"
#include "support/lane_checks.hpp"

using namespace qtensor_test;
using qtensor::CodeRange;
using qtensor::XnnpackFp32;

namespace {

/// even(clamp(f32(f32(acc) * S), lowest - z, highest - z)) + z. A double holds the product of two floats, so each cast
/// rounds once.
long long code_oracle(std::int32_t acc, float scale, CodeRange range) {
    const float real = static_cast<float>(static_cast<double>(static_cast<float>(acc)) * static_cast<double>(scale));
    const double low = static_cast<double>(range.lowest) - range.zero_point;
    const double high = static_cast<double>(range.highest) - range.zero_point;
    return static_cast<long long>(std::nearbyint(std::clamp(static_cast<double>(real), low, high))) + range.zero_point;
}

constexpr CodeRange ranges[]{{0, -128, 127}, {-128, -128, 127}, {127, -128, 127}, {-126, -128, 127},  {128, 0, 255},
                             {0, 0, 255},    {3, -8, 7},        {0, 0, 127},      {0, -32768, 32767}, {7, -127, 127}};

struct Case {
    std::int32_t acc;
    float scale;
};

std::vector<Case> cases() {
    std::vector<Case> all;
    Random random(71);
    for (const float scale : {0.5f, 0.25f, 0.0111111113802f, 1.0f, 1.0f / 3.0f, 255.99998f, 0x1p-32f, 1e-4f}) {
        for (std::int32_t acc = -2000; acc <= 2000; ++acc) all.push_back({acc, scale});
        for (const std::int32_t acc : special_ints()) all.push_back({acc, scale});
    }
    for (int i = 0; i < 400000; ++i) {
        const auto exponent = static_cast<int>(random.between(-32, 7));
        all.push_back({random.int32_any_size(), std::ldexp(random.real(1.0, 2.0), exponent)});
    }
    // Near ties: an accumulator times a scale that brings it next to a half.
    for (int i = 0; i < 200000; ++i) {
        const auto acc = static_cast<std::int32_t>(random.between(1, 1 << 24));
        const double half = static_cast<double>(random.between(-130, 130)) + 0.5;
        float scale = static_cast<float>(std::fabs(half) / acc);
        if (i % 3 == 1) scale = std::nextafter(scale, 0.0f);
        if (i % 3 == 2) scale = std::nextafter(scale, 1.0f);
        all.push_back({half < 0.0 ? -acc : acc, scale});
    }
    return all;
}

}  // namespace

TEST_CASE("A code is one float product, clamped, then rounded to even", "[numeric][xnnpack]") {
    Tally tally;
    const auto all = cases();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& [acc, scale] = all[i];
        const std::array<std::int32_t, 1> words{std::bit_cast<std::int32_t>(scale)};
        const CodeRange range = ranges[i % std::size(ranges)];
        tally.same(XnnpackFp32::apply(acc, words, range), code_oracle(acc, scale, range), acc, scale, range.zero_point);
        tally.same(XnnpackFp32::apply(acc, words, ranges[0]), code_oracle(acc, scale, ranges[0]), acc, scale);
    }
    tally.require_all_equal(1200000);
    const std::array<std::int32_t, 1> half{std::bit_cast<std::int32_t>(0.5f)};
    CHECK(XnnpackFp32::apply(5, half, ranges[0]) == 2);
    CHECK(XnnpackFp32::apply(7, half, ranges[0]) == 4);
    CHECK(XnnpackFp32::apply(-5, half, ranges[0]) == -2);
    CHECK(XnnpackFp32::apply(5, half, CodeRange{1, -128, 127}) == 3);  // the zero point comes after the rounding
    CHECK(XnnpackFp32::apply(INT32_MAX, half, CodeRange{-128, -128, 127}) == 127);
    CHECK(XnnpackFp32::apply(INT32_MIN, half, CodeRange{127, -128, 127}) == -128);
}

TEMPLATE_TEST_CASE("Lanes become the codes that single values become", "[numeric][xnnpack]", QTENSOR_TEST_ARCHES) {
    using I = qtensor::lanes<std::int32_t, TestType>;
    constexpr std::size_t width = sizeof(I) / sizeof(std::int32_t);
    const auto all = cases();
    Tally tally;
    for (std::size_t i = 0; i + width <= all.size(); i += width) {
        std::array<std::int32_t, width> acc;
        std::array<std::int32_t, width> bits;
        for (std::size_t j = 0; j < width; ++j) {
            const Case& c = all[(i + j * 7919) % all.size()];
            acc[j] = c.acc;
            bits[j] = std::bit_cast<std::int32_t>(c.scale);
        }
        const CodeRange range = ranges[i / width % std::size(ranges)];
        const std::array<I, 1> words{pack<I>(bits.data(), width)};
        const auto got = unpack<std::int32_t>(XnnpackFp32::apply(pack<I>(acc.data(), width), words, range));
        auto unplaced = got;
        if constexpr (width > 1)  // one value that int32 does not hold may not be converted
            unplaced = unpack<std::int32_t>(XnnpackFp32::unplaced(pack<I>(acc.data(), width), words, range).code);
        for (std::size_t j = 0; j < width; ++j) {
            const auto code = code_oracle(acc[j], std::bit_cast<float>(bits[j]), range);
            tally.same(got[j], code, acc[j], bits[j], range.zero_point);
            const std::int64_t placed = std::int64_t{unplaced[j]} + (width > 1 ? range.zero_point : 0);
            tally.same(std::min<std::int64_t>(std::max<std::int64_t>(placed, range.lowest), range.highest), code,
                       acc[j], bits[j], range.zero_point);
        }
    }
    tally.require_all_equal(600000);
}

TEST_CASE("The scale is f32(f32(s_x * s_w) / s_y)", "[numeric][xnnpack]") {
    STATIC_REQUIRE(XnnpackFp32::words == 1);
    Random random(72);
    Tally tally;
    int once_rounded_differs = 0;
    for (int i = 0; i < 300000; ++i) {
        const float x = random.real(1e-5, 0.1);
        const float w = random.real(1e-5, 0.1);
        const float y = random.real(1e-5, 0.1);
        const float product = static_cast<float>(static_cast<double>(x) * static_cast<double>(w));
        const float want = static_cast<float>(static_cast<double>(product) / static_cast<double>(y));
        tally.same_bits(std::bit_cast<float>(XnnpackFp32::derive(x, w, y)[0]), want, x, w, y);
        once_rounded_differs +=
            static_cast<float>(static_cast<double>(x) * static_cast<double>(w) / static_cast<double>(y)) != want;
    }
    tally.require_all_equal(300000);
    CHECK(once_rounded_differs > 10000);  // so the test does tell the two apart
    STATIC_REQUIRE(XnnpackFp32::derive(0.5f, 0.5f, 2.0f)[0] == 0x3e000000);
}

TEST_CASE("The accumulator of tensorflow issue 102943 becomes -120 in float", "[numeric][xnnpack]") {
    // 585 * 0.0111111113802 is exactly 6.5 in float32; its even neighbour is 6.
    constexpr auto words = XnnpackFp32::derive(0.0111111113802f, 1.0f, 1.0f);
    STATIC_REQUIRE(585.0f * 0.0111111113802f == 6.5f);
    STATIC_REQUIRE(XnnpackFp32::apply(585, words, CodeRange{-126, -128, 127}) == -120);
    STATIC_REQUIRE(XnnpackFp32::apply(586, words, CodeRange{-126, -128, 127}) == -119);
}
