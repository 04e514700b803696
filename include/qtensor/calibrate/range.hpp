// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// From the range of real values to the scale of codes.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "../numeric/element.hpp"
#include "../scale/affine.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Real values from lowest to highest.
struct Range {
    float lowest = 0.0f;
    float highest = 0.0f;
};

/// The affine scale whose codes of T cover the range and hold real zero exactly (PyTorch's and TFLite's rule):
///
///     lo = min(lowest, 0), hi = max(highest, 0), scale = (hi - lo) / (qmax - qmin), zero = clamp(round(qmin - lo /
///     scale))
///
/// A range of {0, 0} (a constant zero) gets scale 1. Throws std::invalid_argument when the range is not finite or so
/// wide or narrow that no positive float scale exists.
template <IntegerElement T> Affine<> fit_affine(const Range& range) {
    if (!std::isfinite(range.lowest) || !std::isfinite(range.highest)) {
        throw std::invalid_argument("fit_affine: a range has finite ends, this one is [" +
                                    std::to_string(range.lowest) + ", " + std::to_string(range.highest) + "]");
    }
    constexpr double qmin = static_cast<double>(element<T>::lowest);
    constexpr double qmax = static_cast<double>(element<T>::highest);
    const double lowest = std::min(static_cast<double>(range.lowest), 0.0);
    const double highest = std::max(static_cast<double>(range.highest), 0.0);
    if (lowest == highest) return Affine{1.0f, static_cast<std::int32_t>(std::clamp(0.0, qmin, qmax))};
    const auto scale = static_cast<float>((highest - lowest) / (qmax - qmin));
    if (!(std::isfinite(scale) && scale > 0.0f)) {
        throw std::invalid_argument("fit_affine: no positive float scale spans [" + std::to_string(range.lowest) +
                                    ", " + std::to_string(range.highest) + "]");
    }
    const double zero = std::round(qmin - lowest / static_cast<double>(scale));
    return Affine{scale, static_cast<std::int32_t>(std::clamp(zero, qmin, qmax))};
}

}  // namespace qtensor::inline QTENSOR_ABI
