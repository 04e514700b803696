// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Quantizing by a product with 1/s where TFLite and ONNX divide by s. A rounding policy may say how x meets its scale:
///
///     quotient(x, scale)               in place of f32(x / scale)
///     shifted(x, scale, zero_point)    in place of rounding and adding the zero point behind it
///
/// Both take floats or lanes of them. Without either, x is divided. Where 1/s is infinite (s below 2^-128) every x but
/// 0 saturates.

#include "../arch/lanes.hpp"
#include "rounding.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// round(f32(x * f32(1 / s))) + z.
template <class Rounding> struct Reciprocal : Rounding {
    template <class F> QTENSOR_FORCE_INLINE static constexpr F quotient(F x, F scale) {
        return lane::rounded(x * lane::rounded(lane::broadcast<F>(1.0f) / scale));
    }
};

/// PyTorch quantize_val and the forward pass of fake_quantize (`AffineQuantizerBase.cpp`); FBGEMM with LEGACY = false.
using TorchReciprocal = Reciprocal<HalfEven>;

/// ggml's quantize_row_q8_0_ref (`ggml-quants.c`): roundf(x * id), id = 1 / d before d is stored as float16.
using GgmlReciprocal = Reciprocal<HalfAway>;

/// even(f32(x * f32(1 / s) + z)): the zero point goes in before rounding, by a fused multiply-add. FBGEMM's Quantize of
/// a tensor with LEGACY = true (`QuantUtilsAvx2.cc`). With an odd z, ties go the other way than in TorchReciprocal.
struct TorchFusedReciprocal : TorchReciprocal {
    template <class F> QTENSOR_FORCE_INLINE static constexpr F shifted(F x, F scale, F zero_point) {
        const F inverse = lane::rounded(lane::broadcast<F>(1.0f) / scale);
        return lane::nearest_even(lane::rounded(lane::fused(x, inverse, zero_point)));
    }
};

namespace detail {

/// How a policy brings x to units of its scale.
template <class F, class R> QTENSOR_FORCE_INLINE constexpr F quotient(F x, F scale, const R& rounding) {
    if constexpr (requires { rounding.quotient(x, scale); }) {
        return rounding.quotient(x, scale);
    } else {
        return x / scale;
    }
}

template <class R>
concept rounds_shifted = requires(const R rounding, float x) { rounding.shifted(x, x, x); };

}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
