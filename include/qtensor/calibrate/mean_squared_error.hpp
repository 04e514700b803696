// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The threshold on magnitudes with the smallest mean squared error of the codes, of 128 equal steps up to the largest
/// magnitude (M. Nagel et al., "A White Paper on Neural Network Quantization", 2021, section 3.1):
///
///     error(t) = sum over bins of count * (x - code(x))^2,    x the middle of the bin,
///     codes as fit_affine makes them for [max(lowest, -t), min(highest, t)]
///
/// Rounding grows with t and clipping shrinks: the minimum is where they balance. Of equal errors the widest wins.

#include "histogram.hpp"

namespace qtensor::inline QTENSOR_ABI {

class MeanSquaredError {
public:
    /// Throws std::invalid_argument on a value that is not finite.
    void observe(std::span<const float> values) { seen_.add(values, "MeanSquaredError"); }
    void merge(const MeanSquaredError& other) { seen_.merge(other.seen_); }

    Range range(std::size_t levels = 256) const {
        constexpr int steps = 128;
        const Range all = seen_.extremes();
        const double largest = static_cast<double>(-all.lowest > all.highest ? -all.lowest : all.highest);
        if (levels < 2) return all;
        Range best = all;
        double least = error(all, levels);
        for (int k = steps - 1; k > 0; --k) {
            const auto t = static_cast<float>(largest * k / steps);
            const Range range{all.lowest < -t ? -t : all.lowest, all.highest > t ? t : all.highest};
            if (range.lowest > range.highest) break;  // no value is as small as this
            if (range.lowest == range.highest && all.lowest < all.highest) break;
            const double found = error(range, levels);
            if (found < least) {
                least = found;
                best = range;
            }
        }
        return best;
    }

private:
    double error(const Range& range, std::size_t levels) const {
        const double lowest = range.lowest < 0.0f ? static_cast<double>(range.lowest) : 0.0;
        const double highest = range.highest > 0.0f ? static_cast<double>(range.highest) : 0.0;
        const double step = (highest - lowest) / static_cast<double>(levels - 1);
        if (!(step > 0.0)) return 0.0;
        const double first = std::round(lowest / step), last = first + static_cast<double>(levels - 1);
        double total = 0.0;
        for (std::size_t i = 0; i < seen_.counts().size(); ++i) {
            if (seen_.counts()[i] == 0) continue;
            const double x = (seen_.edge(i) + seen_.edge(i + 1)) / 2.0;
            const double code = std::floor(x / step + 0.5);
            const double lost = x - step * (code < first ? first : (code > last ? last : code));
            total += static_cast<double>(seen_.counts()[i]) * lost * lost;
        }
        return total;
    }

    Histogram seen_;
};

}  // namespace qtensor::inline QTENSOR_ABI
