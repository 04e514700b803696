// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// From the range of real values to the scale of codes.

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "../arch/scalar_lanes.hpp"
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
    const double lowest = lane::min(static_cast<double>(range.lowest), 0.0);
    const double highest = lane::max(static_cast<double>(range.highest), 0.0);
    if (lowest == highest) return Affine{1.0f, static_cast<std::int32_t>(lane::min(lane::max(0.0, qmin), qmax))};
    const auto scale = static_cast<float>((highest - lowest) / (qmax - qmin));
    if (!(std::isfinite(scale) && scale > 0.0f)) {
        throw std::invalid_argument("fit_affine: no positive float scale spans [" + std::to_string(range.lowest) +
                                    ", " + std::to_string(range.highest) + "]");
    }
    const double zero = std::round(qmin - lowest / static_cast<double>(scale));
    return Affine{scale, static_cast<std::int32_t>(lane::min(lane::max(zero, qmin), qmax))};
}

/// The scale of policy S whose codes of T cover the range: fit_affine where S has a zero point; where it has none, the
/// scale that brings both ends inside the codes,
///
///     wanted = f32(max(hi / qmax, lo / qmin)),     qmin = 0 counts for nothing
///
/// or what the policy's `fit(wanted)` makes of it. A policy that the compiler knows is what it is. Throws as
/// fit_affine.
template <PerTensorScale S, IntegerElement T> S fit_scale_to(const Range& range) {
    if constexpr (detail::is_static_scale<S>) {
        return S{};
    } else if constexpr (has_zero_point<S>) {
        const Affine<> fitted = fit_affine<T>(range);
        return S{fitted.value, fitted.zero};
    } else {
        fit_affine<T>(range);  // for what it refuses
        const double above =
            lane::max(static_cast<double>(range.highest), 0.0) / static_cast<double>(element<T>::highest);
        const double below =
            element<T>::lowest < 0 ? static_cast<double>(range.lowest) / static_cast<double>(element<T>::lowest) : 0.0;
        const auto reached = static_cast<float>(lane::max(above, below));
        const float wanted = reached > 0.0f ? reached : 1.0f;
        if constexpr (requires { S::fit(wanted); }) {
            return S::fit(wanted);
        } else {
            return S{wanted};
        }
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
