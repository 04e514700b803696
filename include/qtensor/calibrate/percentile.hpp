// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The range of the middle share of the values: `Percentile{.9999}` leaves out at most one value in twenty thousand at
/// either end. (ONNX Runtime's percentile calibration, with both ends cut alike; TensorRT cuts magnitudes.)

#include "histogram.hpp"

namespace qtensor::inline QTENSOR_ABI {

class Percentile {
public:
    /// `kept` is the share that stays inside, above 0 and at most 1 (which is MinMax). Throws std::invalid_argument.
    explicit Percentile(double kept = 0.9999) : kept_(kept) {
        if (!(kept > 0.0 && kept <= 1.0)) {
            throw std::invalid_argument("Percentile: a share is above 0 and at most 1, this one is " +
                                        std::to_string(kept) + (kept > 1.0 ? " (.999 means 99.9 %)" : ""));
        }
    }

    /// Throws std::invalid_argument on a value that is not finite.
    void observe(std::span<const float> values) { seen_.add(values, "Percentile"); }
    void merge(const Percentile& other) { seen_.merge(other.seen_); }

    /// Ends are those of bins (histogram.hpp), so they may be a bin too far outside, never too far inside.
    Range range() const {
        if (seen_.total() == 0) return {};
        const double outside = (1.0 - kept_) / 2.0 * static_cast<double>(seen_.total());
        const auto cut = static_cast<std::uint64_t>(outside + 1e-6);  // (1 - .9999) is not exactly one in ten thousand
        const auto& counts = seen_.counts();
        std::size_t first = 0, last = counts.size() - 1;
        for (std::uint64_t below = counts[first]; below <= cut && first < last;) below += counts[++first];
        for (std::uint64_t above = counts[last]; above <= cut && last > first;) above += counts[--last];
        return seen_.clipped(seen_.edge(first), seen_.edge(last + 1));
    }

private:
    double kept_;
    Histogram seen_;
};

}  // namespace qtensor::inline QTENSOR_ABI
