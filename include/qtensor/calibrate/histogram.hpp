// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// How often values of each size were seen. Bins are 2^e wide and begin at multiples of 2^e, e the smallest exponent
/// for which
///
///     bins that cover [min(lowest, 0), max(highest, 0)]  <=  4096
///
/// When the range grows, neighbouring bins are added up in pairs, which loses no count and moves none. So the histogram
/// is a function of the values alone: neither their order nor the way they were divided matters, and merging is exact.
/// (PyTorch's and TensorRT's bins are equal parts of the range seen first; widened, they are estimates.) At least half
/// of the 4096 bins are in use as soon as a value is not zero.

#include <cstdint>
#include <utility>
#include <vector>

#include "observer.hpp"

namespace qtensor::inline QTENSOR_ABI {

class Histogram {
public:
    static constexpr std::int64_t most_bins = 4096;

    /// Counts values. Throws std::invalid_argument on one that is not finite.
    void add(std::span<const float> values, const char* who = "Histogram") {
        detail::require_observable(values, who);
        if (values.empty()) return;
        Range seen = total_ == 0 ? Range{values[0], values[0]} : extremes_;
        for (const float value : values) {
            seen.lowest = value < seen.lowest ? value : seen.lowest;
            seen.highest = value > seen.highest ? value : seen.highest;
        }
        cover(seen);
        const double per_width = std::ldexp(1.0, -exponent_);
        for (const float value : values) ++counts_[place(static_cast<double>(value) * per_width)];
        total_ += values.size();
    }

    /// As if the other one's values had been added here.
    void merge(const Histogram& other) {
        if (other.total_ == 0) return;
        const Range a = total_ == 0 ? other.extremes_ : extremes_, b = other.extremes_;
        cover({a.lowest < b.lowest ? a.lowest : b.lowest, a.highest > b.highest ? a.highest : b.highest});
        const int shift = exponent_ - other.exponent_;
        for (std::size_t i = 0; i < other.counts_.size(); ++i)
            counts_[offset(shifted(other.first_ + static_cast<std::int64_t>(i), shift))] += other.counts_[i];
        total_ += other.total_;
    }

    std::uint64_t total() const { return total_; }
    /// The smallest and the largest value; {0, 0} before the first one.
    const Range& extremes() const { return extremes_; }

    /// The bins, each with its count; bin i begins at edge(i) and ends before edge(i + 1). 0 is an edge.
    const std::vector<std::uint64_t>& counts() const { return counts_; }
    double width() const { return std::ldexp(1.0, exponent_); }
    double edge(std::size_t i) const {
        return std::ldexp(static_cast<double>(first_ + static_cast<std::int64_t>(i)), exponent_);
    }

    /// What of [lowest, highest] lies between the extremes; the extremes where that would be a point.
    Range clipped(double lowest, double highest) const {
        const auto first = static_cast<double>(extremes_.lowest), last = static_cast<double>(extremes_.highest);
        const Range found{lowest > first ? static_cast<float>(lowest < last ? lowest : last) : extremes_.lowest,
                          highest < last ? static_cast<float>(highest > first ? highest : first) : extremes_.highest};
        return found.lowest < found.highest ? found : extremes_;
    }

    /// The bins of magnitudes: how many values lie from k to k + 1 widths away from 0, on either side.
    std::vector<std::uint64_t> magnitudes() const {
        const std::int64_t last = first_ + static_cast<std::int64_t>(counts_.size()) - 1;
        std::vector<std::uint64_t> found(static_cast<std::size_t>((-first_ > last + 1 ? -first_ : last + 1)));
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            const std::int64_t bin = first_ + static_cast<std::int64_t>(i);
            found[static_cast<std::size_t>(bin < 0 ? -bin - 1 : bin)] += counts_[i];
        }
        return found;
    }

private:
    static std::int64_t shifted(std::int64_t bin, int by) {
        return by > 62 ? (bin < 0 ? -1 : 0) : bin >> by;  // rounds down, as bins do
    }
    std::size_t offset(std::int64_t bin) const { return static_cast<std::size_t>(bin - first_); }
    std::size_t place(double widths) const { return offset(static_cast<std::int64_t>(std::floor(widths))); }

    /// Widens bins and range to `seen`, which holds extremes_ where there are any.
    void cover(const Range& seen) {
        const double lowest = seen.lowest < 0.0f ? static_cast<double>(seen.lowest) : 0.0;
        const double highest = seen.highest > 0.0f ? static_cast<double>(seen.highest) : 0.0;
        const int before = exponent_;
        const auto bin = [&](double value) { return std::floor(std::ldexp(value, -exponent_)); };
        while (bin(highest) - bin(lowest) + 1.0 > static_cast<double>(most_bins)) ++exponent_;
        const auto first = static_cast<std::int64_t>(bin(lowest));
        const auto size = static_cast<std::size_t>(static_cast<std::int64_t>(bin(highest)) - first + 1);
        extremes_ = seen;
        if (exponent_ == before && first == first_ && size == counts_.size()) return;
        std::vector<std::uint64_t> wider(size);
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            const std::int64_t old = first_ + static_cast<std::int64_t>(i);
            wider[static_cast<std::size_t>(shifted(old, exponent_ - before) - first)] += counts_[i];
        }
        counts_ = std::move(wider);
        first_ = first;
    }

    int exponent_ = -170;  // narrower than any float needs: the smallest one is 2^-149
    std::int64_t first_ = 0;
    std::vector<std::uint64_t> counts_;
    std::uint64_t total_ = 0;
    Range extremes_{};
};

}  // namespace qtensor::inline QTENSOR_ABI
