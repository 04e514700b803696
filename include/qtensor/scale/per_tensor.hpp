// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// One scale for the whole tensor, zero point 0: real = code * value. The smallest model of `Scale`.

#include "scale.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// `Tag` is optional and nominal: `PerTensor<struct Logits>` differs from every other scale at compile time.
template <class Tag = void> struct PerTensor {
    using tag = Tag;
    static constexpr int axis = per_tensor;

    float value = 1.0f;

    constexpr float scale(std::size_t = 0) const { return value; }
    constexpr bool operator==(const PerTensor&) const = default;
};

PerTensor(float) -> PerTensor<>;

/// No scale at all: plain integers or real numbers, worth what they say.
struct Unscaled {
    static constexpr int axis = per_tensor;
    static constexpr bool is_static = true;

    constexpr float scale(std::size_t = 0) const { return 1.0f; }
    constexpr bool operator==(const Unscaled&) const = default;
};

}  // namespace qtensor::inline QTENSOR_ABI
