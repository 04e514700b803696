// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// One power of two for the whole tensor, chosen when the program runs. `PowerOfTwo<e>` is its twin for an exponent
/// that the compiler knows.

#include "power_of_two.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// real = code * 2^exponent; -126 <= exponent <= 127.
struct PowerOfTwoPerTensor {
    static constexpr int axis = per_tensor;

    std::int8_t exponent = 0;

    constexpr float scale(std::size_t = 0) const { return exp2i(exponent); }
    constexpr bool operator==(const PowerOfTwoPerTensor&) const = default;

    /// The smallest power of two that is not smaller than wanted, which is positive.
    static constexpr PowerOfTwoPerTensor fit(float wanted) { return {power_of_two_above(wanted)}; }
};

}  // namespace qtensor::inline QTENSOR_ABI
