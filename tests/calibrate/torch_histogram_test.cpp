// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/torch_histogram.hpp>

#include "support/observer_cases.hpp"

using namespace qtensor;
using namespace qtensor_test;

namespace {

/// A histogram made by dividing, and PyTorch's search on it. The error is integrated piece by piece: every bin is cut
/// where codes meet, instead of counting whole codes between its ends.
struct Search {
    double first = 0.0, width = 0.0;
    std::vector<double> counts;
    std::size_t levels = 256;

    Search(const std::vector<float>& values, std::size_t codes) : levels(codes) {
        double lowest = 0.0, highest = 0.0;
        for (const float value : values) {
            lowest = std::min(lowest, static_cast<double>(value));
            highest = std::max(highest, static_cast<double>(value));
        }
        width = std::ldexp(1.0, -160);
        while (std::floor(highest / width) - std::floor(lowest / width) >= 4096.0) width *= 2.0;
        const double low = *std::min_element(values.begin(), values.end());
        const double high = *std::max_element(values.begin(), values.end());
        first = std::floor(low / width) * width;
        counts.resize(static_cast<std::size_t>(std::floor(high / width) - std::floor(low / width)) + 1);
        for (const float value : values)
            counts[static_cast<std::size_t>(std::floor((static_cast<double>(value) - first) / width))] += 1.0;
    }

    double error(std::size_t start, std::size_t end) const {
        const double step = width * static_cast<double>(end - start + 1) / static_cast<double>(levels);
        const double origin = first + width * static_cast<double>(start);
        double total = 0.0;
        for (std::size_t i = 0; i < counts.size(); ++i) {
            if (counts[i] == 0.0) continue;
            const double to = first + width * static_cast<double>(i + 1);
            double lost = 0.0;
            for (double from = to - width; from < to;) {
                const double code =
                    std::clamp(std::floor((from - origin) / step + 1e-9), 0.0, static_cast<double>(levels - 1));
                double until = to;
                if (from < origin - 1e-9 * step) {
                    until = std::min(to, origin);
                } else if (code < static_cast<double>(levels - 1)) {
                    until = std::min(to, origin + (code + 1.0) * step);
                }
                const double center = origin + (code + 0.5) * step;
                lost += (std::pow(until - center, 3) - std::pow(from - center, 3)) / 3.0;
                if (until <= from) break;
                from = until;
            }
            total += counts[i] / width * lost;
        }
        return total;
    }

    Range run() const {
        double total = 0.0;
        for (const double count : counts) total += count;
        const auto up_to = [&](std::size_t bin) {
            double sum = 0.0;
            for (std::size_t i = 0; i <= bin; ++i) sum += counts[i];
            return sum;
        };
        std::vector<double> sums;
        for (std::size_t i = 0; i < counts.size(); ++i) sums.push_back(up_to(i));
        std::size_t start = 0, end = counts.size() - 1;
        double least = error(start, end), alpha = 0.0, beta = 1.0;
        while (alpha < beta) {
            const double next_alpha = alpha + 1e-5, next_beta = beta - 1e-5;
            std::size_t l = start, r = end;
            while (l < end && sums[l] < next_alpha * total) l += 1;
            while (r > start && sums[r] > next_beta * total) r -= 1;
            std::size_t next_start = start, next_end = end;
            if (l - start > end - r) {
                next_start = l;
                alpha = next_alpha;
            } else {
                next_end = r;
                beta = next_beta;
            }
            if (next_start == start && next_end == end) continue;
            const double norm = error(next_start, next_end);
            if (norm > least) break;
            least = norm;
            start = next_start;
            end = next_end;
        }
        return {static_cast<float>(first + width * static_cast<double>(start)),
                static_cast<float>(first + width * static_cast<double>(end + 1))};
    }
};

}  // namespace

TEST_CASE("TorchHistogram finds what PyTorch's search finds on the same bins", "[torch_histogram]") {
    std::size_t clipped = 0;
    for (const std::size_t levels : {16u, 256u}) {
        for (const auto& values : {normal_values(6000, 1), wild_values(6000, 2), relu_values(6000, 3),
                                   normal_values(3000, 4, 6.0f), normal_values(3000, 5, -9.0f)}) {
            TorchHistogram observer;
            observer.observe(values);
            const Range found = observer.range(levels), wanted = Search(values, levels).run();
            const float lowest = *std::min_element(values.begin(), values.end());
            const float highest = *std::max_element(values.begin(), values.end());
            INFO(levels << " levels, " << lowest << " to " << highest);
            check_range(found, std::max(wanted.lowest, lowest), std::min(wanted.highest, highest));
            clipped += found.highest < highest || found.lowest > lowest ? 1 : 0;
        }
    }
    CHECK(clipped >= 5);  // the search does move
}

TEST_CASE("TorchHistogram cuts an outlier off where that costs less than wide steps", "[torch_histogram]") {
    std::vector<float> values = normal_values(20000, 7);
    values[5] = 60.0f;
    TorchHistogram observer;
    observer.observe(values);
    // 256 codes: steps of a quarter lose about 20000 / 12 / 16 = 104, the outlier alone would lose 56^2.
    CHECK(observer.range().highest > 59.9f);
    // 16 codes: steps of 4 lose about 27000.
    CHECK(observer.range(16).highest < 10.0f);
    CHECK(observer.range(16).highest > 2.5f);
    CHECK(observer.range(16).lowest < -2.5f);
}

TEST_CASE("TorchHistogram keeps the laws of observers", "[torch_histogram]") {
    check_edges(TorchHistogram{}, "TorchHistogram");
}
