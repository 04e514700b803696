// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Quantized while it learns: a real number through its code and back, and how slopes pass (PyTorch,
/// `FakeQuantPerTensorAffine.cpp` and `QuantizedOpKernels.cpp`):
///
///     q = z + round(x / s),   y = (clamp(q) - z) s           as quantize.hpp rounds; TorchReciprocal is PyTorch's x (1
///     / s) dx = dy where lowest <= q <= highest, else 0           straight through (Bengio et al. 2013) ds = dy (y -
///     x) / s inside, dy (lowest - z) below, dy (highest - z) above       (LSQ, Esser et al. 2020) dz = 0 inside, -dy s
///     outside

#include "../tensor/quantize.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Where the code of a number fell.
enum class Clip : signed char { below = -1, inside = 0, above = 1 };

struct FakeQuantized {
    float value = 0.0f;
    Clip clip = Clip::inside;
};

/// x through a code of T. NaN becomes the zero point, as in quantize_into. Cannot fail for a usable scale.
template <IntegerElement T, class R = HalfAway>
constexpr FakeQuantized fake_quantize(float x, float scale, std::int32_t zero_point, const R& rounding = {}) {
    static_assert(detail::must_be_rounding_policy<R>());
    const auto zero = static_cast<float>(zero_point);
    float code = 0.0f;
    if constexpr (detail::rounds_shifted<R>) {
        code = rounding.shifted(x, scale, zero);
    } else {
        code = rounding.round(detail::quotient(x, scale, rounding)) + zero;
    }
    constexpr auto lowest = static_cast<float>(element<T>::lowest), highest = static_cast<float>(element<T>::highest);
    if (code != code) code = zero;
    const Clip clip = code < lowest ? Clip::below : code > highest ? Clip::above : Clip::inside;
    const float held = clip == Clip::below ? lowest : clip == Clip::above ? highest : code;
    return {(held - zero) * scale, clip};
}

/// What dy is worth before the code was made: for the number, its scale and its zero point.
struct FakeQuantizeSlopes {
    float x = 0.0f;
    float scale = 0.0f;
    float zero_point = 0.0f;
};

/// x became y, with codes of T. A gradient factor (LSQ's g) is the caller's to multiply.
template <IntegerElement T>
constexpr FakeQuantizeSlopes fake_quantize_slopes(float x, const FakeQuantized& y, float dy, float scale,
                                                  std::int32_t zero_point) {
    if (y.clip == Clip::inside) return {dy, dy * (y.value - x) / scale, 0.0f};
    const std::int64_t end = y.clip == Clip::below ? element<T>::lowest : element<T>::highest;
    return {0.0f, dy * static_cast<float>(end - zero_point), -dy * scale};
}

}  // namespace qtensor::inline QTENSOR_ABI
