// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// ONNX QLinearMatMul and QLinearConv (`reference/ops/op_qlinear_matmul.py`): the zero point is added before rounding,
/// so with an odd zero point ties go the other way than in every other dialect.
///
///     S = s_x * s_w / s_y, each step rounded to the type of the scales
///     q = clamp(even(C * S + zero_point)), in double                   (NumPy promotes int32 x float to double)

#include <bit>
#include <concepts>

#include "../arch/lanes.hpp"
#include "dialect.hpp"
#include "float16.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// `Scale` is the type of the model's scales: float, or float16, whose products are rounded to float16. There are no
/// lanes of double: vectors compute lane by lane.
template <class Scale = float> struct OnnxQLinear {
    static constexpr std::size_t words = 1;  // the bits of S as a float
    static constexpr bool uses_float = true;

    static constexpr std::array<std::int32_t, words> derive(float input, float weight, float output) {
        const float product = in_scale_type(input * weight);
        return {std::bit_cast<std::int32_t>(detail::finite_multiplier(in_scale_type(product / output)))};
    }

    template <class I>
    QTENSOR_FORCE_INLINE static constexpr I apply(I acc, const std::array<I, words>& m, CodeRange range) {
        const auto code = [&](std::int32_t c, std::int32_t bits) {
            const double product = lane::rounded(static_cast<double>(c) * static_cast<double>(lane::as_float(bits)));
            const double real = lane::nearest_even(product + static_cast<double>(range.zero_point));
            const auto lowest = static_cast<double>(range.lowest);
            const auto highest = static_cast<double>(range.highest);
            return static_cast<std::int32_t>(lane::min(lane::max(real, lowest), highest));
        };
        return lane::each(code, acc, m[0]);
    }

private:
    static constexpr float in_scale_type(float x) {
        if constexpr (std::same_as<Scale, float>) {
            return lane::rounded(x);
        } else {
            return static_cast<float>(Scale(x));
        }
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
