// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The simplest observer: the smallest and the largest value seen. An observer is a copyable type with
///
///     void observe(std::span<const float> values);
///     Range range() const;                          of everything observed so far

#include <span>

#include "range.hpp"

namespace qtensor::inline QTENSOR_ABI {

class MinMax {
public:
    /// Values must be finite; calibrate checks them before.
    void observe(std::span<const float> values) {
        for (const float value : values) {
            range_.lowest = empty_ || value < range_.lowest ? value : range_.lowest;
            range_.highest = empty_ || value > range_.highest ? value : range_.highest;
            empty_ = false;
        }
    }

    /// {0, 0} before the first value.
    Range range() const { return range_; }

private:
    Range range_{};
    bool empty_ = true;
};

}  // namespace qtensor::inline QTENSOR_ABI
