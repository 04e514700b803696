// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The blocks in which ggml and llama.cpp keep weights, byte for byte (`ggml-common.h`, the *_ref functions of
/// `ggml-quants.c`): 32 numbers with one float16 scale.
///
///     Q8_0   d = max|x| / 127,                      q = away(f32(x * f32(1 / d))),            value = q d
///     Q4_0   d = the x of largest |x|, over -8,     q = min(15, trunc(f32(f32(x * f32(1 / d)) + 8.5))),   (q - 8) d
///
/// Codes are made with the float d, read with the stored one. Number j of a Q4_0 block is the low nibble of byte j,
/// number j + 16 the high one. ggml's SIMD versions round otherwise; files are made by the reference.

#include <span>

#include "../arch/scalar_lanes.hpp"
#include "../base/shape.hpp"
#include "../numeric/float16.hpp"
#include "../numeric/rounding.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// f32(1 / d), 0 for d = 0.
constexpr float block_inverse(float d) { return d == 0.0f ? 0.0f : lane::rounded(1.0f / d); }

/// A real code held inside [lowest, highest]; NaN, which an infinite x makes, counts as 0. (ggml leaves both to C.)
constexpr std::int32_t block_code(float code, float lowest, float highest) {
    return code == code ? lane::to_int(lane::min(lane::max(code, lowest), highest)) : 0;
}
}  // namespace detail

/// 34 bytes.
struct BlockQ8_0 {
    static constexpr std::size_t size = 32;
    float16 d{};
    std::int8_t codes[size]{};

    constexpr std::int32_t code(std::size_t i) const { return codes[i]; }

    static constexpr BlockQ8_0 of(std::span<const float, size> x) {
        float largest = 0.0f;
        for (const float value : x) largest = lane::max(largest, value < 0.0f ? -value : value);
        const float d = largest / 127.0f;
        const float inverse = detail::block_inverse(d);
        BlockQ8_0 block;
        block.d = float16(d);
        for (std::size_t i = 0; i < size; ++i) {
            const float code = HalfAway::round(lane::rounded(x[i] * inverse));
            block.codes[i] = static_cast<std::int8_t>(detail::block_code(code, -127.0f, 127.0f));
        }
        return block;
    }
};

/// 18 bytes.
struct BlockQ4_0 {
    static constexpr std::size_t size = 32;
    float16 d{};
    std::uint8_t nibbles[size / 2]{};

    constexpr std::int32_t code(std::size_t i) const {
        return (i < size / 2 ? nibbles[i] & 15 : nibbles[i - size / 2] >> 4) - 8;
    }

    static constexpr BlockQ4_0 of(std::span<const float, size> x) {
        float largest = 0.0f;
        float furthest = 0.0f;
        for (const float value : x) {
            const float magnitude = value < 0.0f ? -value : value;
            if (magnitude > largest) {
                largest = magnitude;
                furthest = value;
            }
        }
        const float d = furthest / -8.0f;
        const float inverse = detail::block_inverse(d);
        const auto nibble = [&](float value) {
            const float shifted = lane::rounded(lane::rounded(value * inverse) + 8.5f);
            return static_cast<std::uint32_t>(detail::block_code(lane::trunc(shifted), 0.0f, 15.0f));
        };
        BlockQ4_0 block;
        block.d = float16(d);
        for (std::size_t i = 0; i < size / 2; ++i)
            block.nibbles[i] = static_cast<std::uint8_t>(nibble(x[i]) | nibble(x[i + size / 2]) << 4);
        return block;
    }
};

static_assert(sizeof(BlockQ8_0) == 34 && alignof(BlockQ8_0) == 2);
static_assert(sizeof(BlockQ4_0) == 18 && alignof(BlockQ4_0) == 2);

namespace detail {
template <class B>
concept is_block = std::same_as<B, BlockQ8_0> || std::same_as<B, BlockQ4_0>;
}  // namespace detail

template <class B>
concept GgmlBlock = detail::is_block<B> || unsatisfied<"not a block of ggml: use BlockQ8_0 or BlockQ4_0">();

namespace detail {
template <class B> constexpr bool must_be_block() {
    static_assert(GgmlBlock<B>, "not a block of ggml: use BlockQ8_0 or BlockQ4_0");
    return true;
}
}  // namespace detail

/// values[32 b ... 32 b + 31] become blocks[b]. There are as many values as the blocks hold.
template <class B> constexpr void quantize_blocks(std::span<const float> values, std::span<B> blocks) {
    static_assert(detail::must_be_block<B>());
    QTENSOR_REQUIRE(values.size() == checked_product(blocks.size(), B::size), "a block holds 32 values", values.size(),
                    blocks.size() * B::size);
    for (std::size_t b = 0; b < blocks.size(); ++b)
        blocks[b] = B::of(values.subspan(b * B::size).template first<B::size>());
}

/// The real numbers of blocks: f32(code * d).
template <class B> constexpr void dequantize_blocks(std::span<const B> blocks, std::span<float> values) {
    static_assert(detail::must_be_block<B>());
    QTENSOR_REQUIRE(values.size() == checked_product(blocks.size(), B::size), "a block holds 32 values", values.size(),
                    blocks.size() * B::size);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const B& block = blocks[i / B::size];
        values[i] = static_cast<float>(block.code(i % B::size)) * static_cast<float>(block.d);
    }
}

/// Blocks as codes and a scale per group of 32, for grouped products (gemm/grouped.hpp): QTensor<const std::int8_t,
/// PerGroup<dyn>, Shape<n, k / 32, 32>>. A scale of ours is positive, and Q4_0's is not where the number of largest
/// magnitude is: the codes of such a block change sign, so they lie in [-8, 8]. A block whose d is 0 has codes 0.
template <class B>
constexpr void split_blocks(std::span<const B> blocks, std::span<std::int8_t> codes, std::span<float> scales) {
    static_assert(detail::must_be_block<B>());
    QTENSOR_REQUIRE(codes.size() == checked_product(blocks.size(), B::size), "a block holds 32 values", codes.size(),
                    blocks.size() * B::size);
    QTENSOR_REQUIRE(scales.size() == blocks.size(), "a block has one scale", scales.size(), blocks.size());
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        const float d = static_cast<float>(blocks[b].d);
        const std::int32_t sign = d < 0.0f ? -1 : 1;
        scales[b] = d == 0.0f ? 1.0f : d * static_cast<float>(sign);
        for (std::size_t i = 0; i < B::size; ++i) {
            const std::int32_t code = d == 0.0f ? 0 : sign * blocks[b].code(i);
            codes[b * B::size + i] = static_cast<std::int8_t>(code);
        }
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
