// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstring>
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

using Bytes = std::vector<std::uint8_t>;

/// A block as the formulas of ggml's reference make it, in C's arithmetic: 2 bytes of scale, then codes.
Bytes q8_0(const float* x) {
    float largest = 0.0f;
    for (int j = 0; j < 32; ++j) largest = std::max(largest, std::fabs(x[j]));
    const volatile float d = largest / 127;
    const volatile float inverse = d != 0.0f ? 1.0f / d : 0.0f;
    const std::uint16_t half = arch::half_from_float(d);
    Bytes bytes{static_cast<std::uint8_t>(half & 255), static_cast<std::uint8_t>(half >> 8)};
    for (int j = 0; j < 32; ++j) {
        const volatile float scaled = x[j] * inverse;
        bytes.push_back(static_cast<std::uint8_t>(static_cast<int>(std::round(scaled))));
    }
    return bytes;
}
Bytes q4_0(const float* x) {
    float largest = 0.0f, furthest = 0.0f;
    for (int j = 0; j < 32; ++j) {
        if (largest < std::fabs(x[j])) {
            largest = std::fabs(x[j]);
            furthest = x[j];
        }
    }
    const volatile float d = furthest / -8;
    const volatile float inverse = d != 0.0f ? 1.0f / d : 0.0f;
    const std::uint16_t half = arch::half_from_float(d);
    Bytes bytes{static_cast<std::uint8_t>(half & 255), static_cast<std::uint8_t>(half >> 8)};
    const auto nibble = [&](float value) {
        volatile float shifted = value * inverse;
        shifted = shifted + 8.5f;
        return std::min(15, static_cast<int>(shifted));
    };
    for (int j = 0; j < 16; ++j) bytes.push_back(static_cast<std::uint8_t>(nibble(x[j]) | nibble(x[j + 16]) << 4));
    return bytes;
}

template <class B> Bytes bytes_of(const B& block) {
    Bytes bytes(sizeof block);
    std::memcpy(bytes.data(), &block, sizeof block);
    return bytes;
}

/// Blocks of every size of number, with ties: multiples of half a step among them.
std::vector<float> numbers(std::size_t blocks) {
    Random random(21);
    std::vector<float> x(32 * blocks);
    for (std::size_t b = 0; b < blocks; ++b) {
        const auto exponent = static_cast<int>(random.between(-30, 12));
        const bool steps = b % 3 == 0;
        for (std::size_t i = 0; i < 32; ++i) {
            const auto whole = static_cast<float>(random.between(-254, 254));
            x[32 * b + i] = std::ldexp(steps ? whole / 2.0f : random.real(-1.0, 1.0), exponent);
        }
        if (steps)
            x[32 * b + static_cast<std::size_t>(random.between(0, 31))] =
                std::ldexp(b % 2 == 0 ? 127.0f : -127.0f, exponent);
        if (b % 17 == 0) std::fill_n(x.begin() + static_cast<std::ptrdiff_t>(32 * b), 32, 0.0f);
    }
    return x;
}

}  // namespace

TEMPLATE_TEST_CASE("Blocks are those of ggml's reference, byte for byte", "[tensor]", BlockQ8_0, BlockQ4_0) {
    constexpr std::size_t count = 3000;
    const auto x = numbers(count);
    std::vector<TestType> blocks(count);
    quantize_blocks<TestType>(x, blocks);
    std::vector<float> back(x.size());
    dequantize_blocks<TestType>(blocks, back);
    Tally tally;
    for (std::size_t b = 0; b < count; ++b) {
        const Bytes want = sizeof(TestType) == 34 ? q8_0(x.data() + 32 * b) : q4_0(x.data() + 32 * b);
        const Bytes got = bytes_of(blocks[b]);
        REQUIRE(got.size() == want.size());
        for (std::size_t i = 0; i < want.size(); ++i) tally.same(int{got[i]}, int{want[i]}, b, i);
        const float d = arch::float_from_half(static_cast<std::uint16_t>(want[0] | want[1] << 8));
        for (std::size_t i = 0; i < 32; ++i) {
            const int code = sizeof(TestType) == 34 ? static_cast<std::int8_t>(want[2 + i])
                                                    : ((want[2 + i % 16] >> (i < 16 ? 0 : 4)) & 15) - 8;
            const volatile float value = static_cast<float>(code) * d;
            tally.same(std::bit_cast<std::uint32_t>(back[32 * b + i]),
                       std::bit_cast<std::uint32_t>(static_cast<float>(value)), b, i);
        }
    }
    tally.require_all_equal(static_cast<long long>(count * (sizeof(TestType) + 32)));
}

TEST_CASE("Blocks worked out by hand", "[tensor]") {
    float x[32]{};
    x[0] = 127.0f;
    x[1] = 0.5f;
    x[2] = -0.5f;
    x[17] = -63.5f;
    constexpr std::size_t scale_one = 0x3c00;
    const BlockQ8_0 eight = BlockQ8_0::of(std::span<const float, 32>(x));
    CHECK(eight.d.bits == scale_one);
    CHECK((eight.codes[0] == 127 && eight.codes[1] == 1 && eight.codes[2] == -1 && eight.codes[17] == -64));
    for (float& value : x) value = 0.0f;
    x[0] = 8.0f;    // the largest: d = -1, its code is 0, worth (0 - 8) * -1
    x[16] = -7.5f;  // 7.5 + 8.5 is 16, held at 15: (15 - 8) * -1 = -7
    x[1] = 0.5f;    // -0.5 + 8.5 = 8: 0
    x[17] = -0.4f;  // 0.4 + 8.5 = 8.9: 0
    const BlockQ4_0 four = BlockQ4_0::of(std::span<const float, 32>(x));
    CHECK(four.d.bits == 0xbc00);
    CHECK(four.nibbles[0] == (0 | 15 << 4));
    CHECK(four.nibbles[1] == (8 | 8 << 4));
    CHECK((four.code(0) == -8 && four.code(16) == 7 && four.code(1) == 0));
    float back[32];
    dequantize_blocks<BlockQ4_0>(std::span(&four, 1), back);
    CHECK((back[0] == 8.0f && back[16] == -7.0f && back[2] == 0.0f));
}

TEST_CASE("Blocks of numbers that are none", "[tensor]") {
    float x[32]{1.0f, -2.0f};
    x[5] = std::numeric_limits<float>::quiet_NaN();
    CHECK(BlockQ8_0::of(std::span<const float, 32>(x)).codes[5] == 0);
    CHECK(BlockQ8_0::of(std::span<const float, 32>(x)).d.bits == 0);  // ggml's maximum forgets what is before a NaN
    CHECK(BlockQ4_0::of(std::span<const float, 32>(x)).code(1) == -8);
    x[5] = std::numeric_limits<float>::infinity();  // an infinite scale, whose inverse is 0
    CHECK(BlockQ8_0::of(std::span<const float, 32>(x)).d.bits == 0x7c00);
    CHECK(BlockQ8_0::of(std::span<const float, 32>(x)).codes[5] == 0);
    x[5] = FLT_TRUE_MIN;
    x[0] = x[1] = 0.0f;  // 1 / d would be infinite, were d not 0
    CHECK(BlockQ8_0::of(std::span<const float, 32>(x)).codes[5] == 0);
    float values[33];
    BlockQ4_0 blocks[1];
    CHECK(says(refused([&] { quantize_blocks<BlockQ4_0>(values, blocks); }), "a block holds 32 values"));
    CHECK(says(refused([&] { dequantize_blocks<BlockQ4_0>(blocks, values); }), "a block holds 32 values"));
}

TEMPLATE_TEST_CASE("Blocks split into codes and positive scales are worth the same", "[tensor]", BlockQ8_0, BlockQ4_0) {
    constexpr std::size_t count = 300;
    const auto x = numbers(count);
    std::vector<TestType> blocks(count);
    quantize_blocks<TestType>(x, blocks);
    std::vector<float> want(x.size()), got(x.size());
    dequantize_blocks<TestType>(blocks, want);
    std::vector<std::int8_t> codes(x.size());
    std::vector<float> scales(count);
    split_blocks<TestType>(blocks, codes, scales);
    using Cube = Shape<dyn, dyn, dyn>;
    const QTensor<const std::int8_t, PerGroup<dyn>, Cube> grouped(codes.data(), Cube(10, 30, 32),
                                                                  PerGroup<dyn>{{scales.data()}});
    dequantize_into(grouped, got);
    for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(got[i] == want[i]);
    const auto [lowest, highest] = std::minmax_element(codes.begin(), codes.end());
    CHECK(*lowest == (sizeof(TestType) == 34 ? -127 : -8));
    CHECK(*highest == (sizeof(TestType) == 34 ? 127 : 8));
    CHECK(says(refused([&] { split_blocks<TestType>(blocks, std::span(codes).first(32), scales); }),
               "a block holds 32 values"));
    CHECK(says(refused([&] { split_blocks<TestType>(blocks, codes, std::span(scales).first(9)); }),
               "a block has one scale"));
}

TEST_CASE("Q4_0 weights times Q8_0 activations: the sums of ggml's dot product, block after block", "[tensor]") {
    constexpr std::size_t m = 2, n = 3, groups = 4, k = 32 * groups;
    const auto x = numbers(m * groups), w = numbers(n * groups + m * groups);
    std::vector<BlockQ8_0> x_blocks(m * groups);
    std::vector<BlockQ4_0> w_blocks(n * groups);
    quantize_blocks<BlockQ8_0>(x, x_blocks);
    quantize_blocks<BlockQ4_0>(std::span(w).subspan(m * k), w_blocks);
    std::vector<std::int8_t> x_codes(m * k), w_codes(n * k);
    std::vector<float> x_scales(m * groups), w_scales(n * groups);
    split_blocks<BlockQ8_0>(x_blocks, x_codes, x_scales);
    split_blocks<BlockQ4_0>(w_blocks, w_codes, w_scales);
    using Cube = Shape<dyn, dyn, dyn>;
    using Weights = QTensor<const std::int8_t, PerGroup<dyn>, Cube>;
    const Weights weights(w_codes.data(), Cube(n, groups, 32), PerGroup<dyn>{{w_scales.data()}});
    const grouped_for<arch::scalar, std::int8_t, Weights> packed(weights);
    float y[m * n];
    multiply_groups(QTensor<const std::int8_t, PerGroup<dyn>, Cube>(x_codes.data(), Cube(m, groups, 32),
                                                                    PerGroup<dyn>{{x_scales.data()}}),
                    packed, QTensor<float, Unscaled, Shape<m, n>>(y, {}), {});
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            volatile float total = 0.0f;
            for (std::size_t g = 0; g < groups; ++g) {
                const BlockQ8_0& a = x_blocks[i * groups + g];
                const BlockQ4_0& b = w_blocks[j * groups + g];
                int sum = 0;
                for (std::size_t at = 0; at < 32; ++at) sum += a.code(at) * b.code(at);
                const volatile float scale = static_cast<float>(a.d) * static_cast<float>(b.d);
                const volatile float term = static_cast<float>(sum) * scale;
                total = total + term;
            }
            CHECK(y[i * n + j] == total);
        }
    }
}
