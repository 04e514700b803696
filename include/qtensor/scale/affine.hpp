// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// One scale and one zero point for the whole tensor: real = (code - zero) * value. The usual scale of activations.

#include "scale.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// `Affine<struct HiddenLayer>` names an edge of a network: only tensors of the same tag are compatible.
template <class Tag = void> struct Affine {
    using tag = Tag;
    static constexpr int axis = per_tensor;

    float value = 1.0f;
    std::int32_t zero = 0;

    constexpr float scale(std::size_t = 0) const { return value; }
    constexpr std::int32_t zero_point(std::size_t = 0) const { return zero; }
    constexpr bool operator==(const Affine&) const = default;
};

Affine(float, std::int32_t) -> Affine<>;

}  // namespace qtensor::inline QTENSOR_ABI
