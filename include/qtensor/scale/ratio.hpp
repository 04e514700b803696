// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A rational scale known to the compiler: `Ratio<1, 20>` is a twentieth. (clang 14 has no float template arguments;
/// ratios of integers also say exactly what they mean.)

#include "scale.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// Euclid's, of positive numbers: less than <numeric>, which would be a twelfth of what the core includes.
constexpr std::int64_t greatest_common_divisor(std::int64_t a, std::int64_t b) {
    return b == 0 ? a : greatest_common_divisor(b, a % b);
}
}  // namespace detail

template <std::int64_t Numerator, std::int64_t Denominator> struct Ratio {
    static_assert(Numerator > 0 && Denominator > 0,
                  "a scale is positive: Ratio<Numerator, Denominator> takes two positive integers");
    static constexpr int axis = per_tensor;
    static constexpr bool is_static = true;
    static constexpr std::int64_t divisor = detail::greatest_common_divisor(Numerator, Denominator);
    static constexpr std::int64_t numerator = Numerator / divisor;
    static constexpr std::int64_t denominator = Denominator / divisor;

    constexpr float scale(std::size_t = 0) const {
        return static_cast<float>(static_cast<double>(numerator) / static_cast<double>(denominator));
    }
    constexpr bool operator==(const Ratio&) const = default;
};

}  // namespace qtensor::inline QTENSOR_ABI
