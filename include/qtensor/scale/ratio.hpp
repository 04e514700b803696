// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A rational scale known to the compiler: `Ratio<1, 20>` is a twentieth. (clang 14 has no float template arguments;
/// ratios of integers also say exactly what they mean.)

#include <numeric>

#include "scale.hpp"

namespace qtensor::inline QTENSOR_ABI {

template <std::int64_t Numerator, std::int64_t Denominator> struct Ratio {
    static_assert(Numerator > 0 && Denominator > 0,
                  "a scale is positive: Ratio<Numerator, Denominator> takes two positive integers");
    static constexpr int axis = per_tensor;
    static constexpr bool is_static = true;
    static constexpr std::int64_t numerator = Numerator / std::gcd(Numerator, Denominator);
    static constexpr std::int64_t denominator = Denominator / std::gcd(Numerator, Denominator);

    constexpr float scale(std::size_t = 0) const {
        return static_cast<float>(static_cast<double>(numerator) / static_cast<double>(denominator));
    }
    constexpr bool operator==(const Ratio&) const = default;
};

}  // namespace qtensor::inline QTENSOR_ABI
