// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The smallest and the largest value of each batch, averaged over batches: m += c (m_batch - m), the first batch as it
/// is (PyTorch MovingAverageMinMaxObserver, whose c is 0.01). What is rare counts for little; what came last counts
/// most, so the average depends on the order of the batches and two of them cannot be merged.

#include "observer.hpp"

namespace qtensor::inline QTENSOR_ABI {

class MovingAverage {
public:
    /// `rate` is c, above 0 and at most 1 (the last batch alone). Throws std::invalid_argument.
    explicit MovingAverage(float rate = 0.01f) : rate_(rate) {
        if (!(rate > 0.0f && rate <= 1.0f)) {
            throw std::invalid_argument("MovingAverage: the rate is above 0 and at most 1, this one is " +
                                        std::to_string(rate));
        }
    }

    /// One batch; one without values counts for nothing. Throws std::invalid_argument on a value that is not finite.
    void observe(std::span<const float> values) {
        detail::require_observable(values, "MovingAverage");
        if (values.empty()) return;
        float lowest = values[0], highest = values[0];
        for (const float value : values) {
            lowest = value < lowest ? value : lowest;
            highest = value > highest ? value : highest;
        }
        // Differences in double: those of finite floats may leave the floats.
        range_.lowest = empty_ ? lowest : moved(range_.lowest, lowest);
        range_.highest = empty_ ? highest : moved(range_.highest, highest);
        empty_ = false;
    }

    /// {0, 0} before the first value.
    Range range() const { return range_; }

private:
    float moved(float from, float to) const {
        const double step = static_cast<double>(to) - static_cast<double>(from);
        return static_cast<float>(static_cast<double>(from) + static_cast<double>(rate_) * step);
    }
    float rate_;
    Range range_{};
    bool empty_ = true;
};

}  // namespace qtensor::inline QTENSOR_ABI
