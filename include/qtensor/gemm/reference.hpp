// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The product, defined once. Every kernel is compared with this, bit for bit.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../arch/scalar_lanes.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// sum_k (x[k] - z_x) (w[k] - z_w), k ascending; integers modulo 2^32 (or 2^64). x(k) and w(k) yield elements.
template <class Acc, class XAt, class WAt>
constexpr Acc reference_dot(std::size_t depth, XAt&& x, WAt&& w, std::int32_t x_zero_point, std::int32_t w_zero_point) {
    Acc sum{};
    for (std::size_t k = 0; k < depth; ++k) {
        if constexpr (std::floating_point<Acc>) {
            sum += static_cast<Acc>(x(k)) * static_cast<Acc>(w(k));
        } else {
            const Acc a =
                lane::wrapping_add(static_cast<Acc>(x(k)), static_cast<Acc>(-static_cast<std::int64_t>(x_zero_point)));
            const Acc b =
                lane::wrapping_add(static_cast<Acc>(w(k)), static_cast<Acc>(-static_cast<std::int64_t>(w_zero_point)));
            sum = lane::wrapping_add(sum, lane::wrapping_multiply(a, b));
        }
    }
    return sum;
}

}  // namespace qtensor::inline QTENSOR_ABI
