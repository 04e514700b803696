// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The float requantization of FBGEMM and PyTorch: q = clamp(lrintf(f32(acc) * M) + zero_point) (FBGEMM
/// `QuantUtils.h`). The integer is clamped after it is rounded, where XNNPACK clamps the real number first; the limits
/// are integers, so both give the same code. (FBGEMM's AVX2 kernel converts without a clamp, which is another number
/// beyond int32.)
///
/// What differs is how M is computed. FBGEMM's operators in PyTorch do it in float, in XNNPACK's order (`qlinear.cpp`);
/// PyTorch's generic requantize_from_int (`AffineQuantizerBase.cpp`) takes a double and rounds it once.

#include "xnnpack.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// M = f32(f32(s_x * s_w) / s_y): XNNPACK's rule, under the name by which PyTorch's users look for it.
using FbgemmFloat = XnnpackFp32;

/// M = f32(s_x * s_w / s_y), in double left to right, then rounded to float.
struct TorchFloat : XnnpackFp32 {
    static constexpr std::array<std::int32_t, words> derive(float input, float weight, float output) {
        const double real = static_cast<double>(input) * static_cast<double>(weight) / static_cast<double>(output);
        return {std::bit_cast<std::int32_t>(detail::finite_multiplier(static_cast<float>(real)))};
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
