// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// PyTorch's HistogramObserver (`torch/ao/quantization/observer.py`, _non_linear_param_search): from the whole range
/// inwards, a quantile of 1e-5 at a time, at the end where it skips more bins, until the estimated error of the codes
/// grows for the first time:
///
///     error = sum over bins of density * integral over the bin of (x - center of x's code)^2 dx
///
/// with `levels` codes as equal parts of the range. Search and error are PyTorch's but for two things: the bins are
/// those of histogram.hpp instead of 2048 equal parts of the range, which makes merging exact; and the error of the
/// whole range counts. PyTorch takes the first step whatever it costs, which on a handful of values can be half of
/// them.

#include "histogram.hpp"

namespace qtensor::inline QTENSOR_ABI {

class TorchHistogram {
public:
    /// Throws std::invalid_argument on a value that is not finite.
    void observe(std::span<const float> values) { seen_.add(values, "TorchHistogram"); }
    void merge(const TorchHistogram& other) { seen_.merge(other.seen_); }

    Range range(std::size_t levels = 256) const {
        if (seen_.total() == 0) return {};
        const auto& counts = seen_.counts();
        std::size_t start = 0, end = counts.size() - 1;
        while (counts[start] == 0) ++start;
        while (counts[end] == 0) --end;
        std::vector<double> below(counts.size());  // values up to and with this bin
        double sum = 0.0;
        for (std::size_t i = 0; i < counts.size(); ++i) below[i] = sum += static_cast<double>(counts[i]);

        constexpr double step = 1e-5;
        double alpha = 0.0, beta = 1.0, least = error(start, end, levels);
        while (alpha < beta) {
            std::size_t left = start, right = end;
            while (left < end && below[left] < (alpha + step) * sum) ++left;
            while (right > start && below[right] > (beta - step) * sum) --right;
            std::size_t next_start = start, next_end = end;
            if (left - start > end - right) {
                next_start = left;
                alpha += step;
            } else {
                next_end = right;
                beta -= step;
            }
            if (next_start == start && next_end == end) continue;
            const double found = error(next_start, next_end, levels);
            if (found > least) break;
            least = found;
            start = next_start;
            end = next_end;
        }
        return seen_.clipped(seen_.edge(start), seen_.edge(end + 1));
    }

private:
    /// In widths of a bin: what is squared and integrated has no unit that matters for the comparison.
    double error(std::size_t start, std::size_t end, std::size_t levels) const {
        const double code = static_cast<double>(end - start + 1) / static_cast<double>(levels);
        const auto integral = [](double from, double to) { return (to * to * to - from * from * from) / 3.0; };
        const auto code_of = [&](double at) {
            const double found = std::floor(at / code);
            return found < 0.0 ? 0.0
                               : (found > static_cast<double>(levels - 1) ? static_cast<double>(levels - 1) : found);
        };
        double total = 0.0;
        for (std::size_t i = 0; i < seen_.counts().size(); ++i) {
            if (seen_.counts()[i] == 0) continue;
            const double from = static_cast<double>(i) - static_cast<double>(start), to = from + 1.0;
            const double first = code_of(from), last = code_of(to), half = code / 2.0;
            const double lost = integral(from - (first + 0.5) * code, half) +
                                (last - first - 1.0) * integral(-half, half) +
                                integral(-half, to - (last + 0.5) * code);
            total += static_cast<double>(seen_.counts()[i]) * lost;
        }
        return total;
    }

    Histogram seen_;
};

}  // namespace qtensor::inline QTENSOR_ABI
