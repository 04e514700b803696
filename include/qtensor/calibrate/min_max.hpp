// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The simplest observer: the smallest and the largest value seen. Nothing is clipped, so a single outlier widens every
/// step. (PyTorch MinMaxObserver, TFLite's default.)

#include "observer.hpp"

namespace qtensor::inline QTENSOR_ABI {

class MinMax {
public:
    /// Throws std::invalid_argument on a value that is not finite.
    void observe(std::span<const float> values) {
        detail::require_observable(values, "MinMax");
        for (const float value : values) {
            range_.lowest = empty_ || value < range_.lowest ? value : range_.lowest;
            range_.highest = empty_ || value > range_.highest ? value : range_.highest;
            empty_ = false;
        }
    }

    void merge(const MinMax& other) {
        if (other.empty_) return;
        const float ends[] = {other.range_.lowest, other.range_.highest};
        observe(ends);
    }

    /// {0, 0} before the first value.
    Range range() const { return range_; }

private:
    Range range_{};
    bool empty_ = true;
};

}  // namespace qtensor::inline QTENSOR_ABI
