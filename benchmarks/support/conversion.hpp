// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// One element-wise conversion to be measured: its operands, and what becomes of them by the scalar reference.

#include "problem.hpp"

#include <qtensor/host.hpp>

namespace bench {

enum class Op {
    f32_s8_half_away,
    f32_s8_half_even,
    f32_s8_half_up,
    f32_s8_floor,
    f32_s8_ceil,
    f32_s8_toward_zero,
    f32_s8_reciprocal,
    s8_f32,
    s8_f16,
    f32_f16,
    f16_f32,
    s32_s8_xnnpack,
    s32_s8_tflite,
    s32_s8_tflite_single,
};

struct OpName {
    Op op;
    const char* name;
    std::size_t bytes;  ///< read plus written per element
};
inline constexpr std::array op_names{
    OpName{Op::f32_s8_half_away, "f32_s8_half_away", 5},
    OpName{Op::f32_s8_half_even, "f32_s8_half_even", 5},
    OpName{Op::f32_s8_half_up, "f32_s8_half_up", 5},
    OpName{Op::f32_s8_floor, "f32_s8_floor", 5},
    OpName{Op::f32_s8_ceil, "f32_s8_ceil", 5},
    OpName{Op::f32_s8_toward_zero, "f32_s8_toward_zero", 5},
    OpName{Op::f32_s8_reciprocal, "f32_s8_reciprocal", 5},
    OpName{Op::s8_f32, "s8_f32", 5},
    OpName{Op::s8_f16, "s8_f16", 3},
    OpName{Op::f32_f16, "f32_f16", 6},
    OpName{Op::f16_f32, "f16_f32", 6},
    OpName{Op::s32_s8_xnnpack, "s32_s8_xnnpack", 5},
    OpName{Op::s32_s8_tflite, "s32_s8_tflite", 5},
    OpName{Op::s32_s8_tflite_single, "s32_s8_tflite_single", 5},
};

/// Channels of a requantization: the last axis, as behind a product.
inline constexpr std::size_t channels = 256;

struct Conversion {
    Op op;
    std::size_t count;
    Cells<float> reals;
    Cells<std::int8_t> codes;
    Cells<qtensor::float16> halves;
    Cells<std::int32_t> sums;
    Cells<float> scales;
    float scale = 0.03f;
    int zero = 5;

    Conversion(Op the_op, std::size_t elements) : op(the_op), count(elements) {
        Noise noise;
        const std::string name = op_names[static_cast<std::size_t>(op)].name;
        if (name.starts_with("f32")) {
            reals.resize(count);
            // So fine that ties of the scale are as rare as among measured numbers.
            for (float& x : reals) x = 0x1.2p-21f * static_cast<float>(noise(-8000000, 8000000));
        } else if (name.starts_with("s8")) {
            codes.resize(count);
            for (auto& x : codes) x = static_cast<std::int8_t>(noise(-128, 127));
        } else if (name.starts_with("f16")) {
            halves.resize(count);
            for (auto& x : halves) x = qtensor::float16(0.01f * static_cast<float>(noise(-4000, 4000)));
        } else {
            sums.resize(count);
            for (auto& x : sums) x = noise(-400000, 400000);
            scales.resize(channels);
            for (std::size_t c = 0; c < channels; ++c) scales[c] = 1e-5f * (1.0f + static_cast<float>(c % 7) / 8.0f);
        }
    }

    /// What element i has to become.
    double expected(std::size_t i) const {
        using namespace qtensor;
        const auto quantized = [&](auto rounding) {
            return static_cast<double>(detail::quantize_one<std::int8_t, Saturate>(reals[i], scale, zero, rounding, i));
        };
        const auto requantized = [&]<class D>(D) {
            return static_cast<double>(
                D::apply(sums[i], D::derive(scales[i % channels], 1.0f, scale), CodeRange{zero, -128, 127}));
        };
        switch (op) {
        case Op::f32_s8_half_away:
            return quantized(HalfAway{});
        case Op::f32_s8_half_even:
            return quantized(HalfEven{});
        case Op::f32_s8_half_up:
            return quantized(HalfUp{});
        case Op::f32_s8_floor:
            return quantized(Floor{});
        case Op::f32_s8_ceil:
            return quantized(Ceil{});
        case Op::f32_s8_toward_zero:
            return quantized(TowardZero{});
        case Op::f32_s8_reciprocal:
            return quantized(TorchReciprocal{});
        case Op::s8_f32:
            return static_cast<double>(detail::dequantize_one<std::int8_t>(codes[i], scale, zero));
        case Op::s8_f16:
            return static_cast<double>(
                static_cast<float>(float16(detail::dequantize_one<std::int8_t>(codes[i], scale, zero))));
        case Op::f32_f16:
            return static_cast<double>(static_cast<float>(float16(reals[i])));
        case Op::f16_f32:
            return static_cast<double>(static_cast<float>(halves[i]));
        case Op::s32_s8_xnnpack:
            return requantized(XnnpackFp32{});
        case Op::s32_s8_tflite:
            return requantized(TfLiteDoubleRounding{});
        case Op::s32_s8_tflite_single:
            return requantized(TfLiteSingleRounding{});
        }
        return 0.0;
    }
};

/// On at most 100000 elements.
inline Verdict judge(const Conversion& conversion, const Runner& runner) {
    Verdict verdict;
    const std::size_t step = std::max<std::size_t>(1, conversion.count / 100000) | 1;
    for (std::size_t i = 0; i < conversion.count; i += step) verdict.compare(runner.result(i), conversion.expected(i));
    return verdict;
}

using ConvertingPeer = PeerOf<Conversion>;

}  // namespace bench
