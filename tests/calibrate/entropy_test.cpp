// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/entropy.hpp>

#include "support/observer_cases.hpp"

using namespace qtensor;
using namespace qtensor_test;

namespace {

/// NVIDIA's loop as it stands, with distributions written out and normalised for every threshold.
double threshold(const std::vector<float>& values, std::size_t groups, double width) {
    double largest = 0.0;
    for (const float value : values) largest = std::max(largest, std::fabs(static_cast<double>(value)));
    std::vector<double> bins(static_cast<std::size_t>(largest / width) + 1);
    for (const float value : values)
        bins[static_cast<std::size_t>(std::fabs(static_cast<double>(value)) / width)] += 1.0;
    bins[0] = bins[1];
    double least = std::numeric_limits<double>::infinity(), best = 0.0;
    for (std::size_t i = groups; i <= bins.size(); ++i) {
        std::vector<double> q(i), p(bins.begin(), bins.begin() + static_cast<std::ptrdiff_t>(i));
        std::vector<double> sum(groups), filled(groups);
        for (std::size_t k = 0; k < i; ++k) {
            if (bins[k] == 0.0) continue;
            sum[k * groups / i] += bins[k];
            filled[k * groups / i] += 1.0;
        }
        double p_total = 0.0, q_total = 0.0, divergence = 0.0;
        for (std::size_t k = i; k < bins.size(); ++k) p[i - 1] += bins[k];
        for (std::size_t k = 0; k < i; ++k) {
            q[k] = bins[k] == 0.0 ? 0.0 : sum[k * groups / i] / filled[k * groups / i];
            p_total += p[k];
            q_total += q[k];
        }
        for (std::size_t k = 0; k < i; ++k) {
            if (p[k] == 0.0) continue;
            divergence += q[k] == 0.0 ? std::numeric_limits<double>::infinity()
                                      : p[k] / p_total * std::log(p[k] / p_total / (q[k] / q_total));
        }
        if (divergence <= least + 1e-12) {
            least = std::min(least, divergence);
            best = static_cast<double>(i);
        }
    }
    return best * width;
}

void check(const std::vector<float>& values, std::size_t levels) {
    Histogram histogram;  // for the width alone
    histogram.add(values);
    Entropy observer;
    observer.observe(values);
    const Range all = histogram.extremes(), found = observer.range(levels);
    const bool both = all.lowest < 0.0f && all.highest > 0.0f;
    const auto reach = static_cast<float>(threshold(values, both ? levels / 2 : levels, histogram.width()));
    INFO(levels << " levels, " << all.lowest << " to " << all.highest);
    check_range(found, std::max(all.lowest, -reach), std::min(all.highest, reach));
}

}  // namespace

TEST_CASE("Entropy finds the threshold of NVIDIA's loop", "[entropy]") {
    for (const std::size_t levels : {16u, 256u}) {
        check(wild_values(4000, 1), levels);
        check(normal_values(3000, 2), levels);
        check(relu_values(3000, 3), levels);
    }
    std::vector<float> tail = normal_values(20000, 4);  // a long thin tail is cut
    for (std::size_t i = 0; i < tail.size(); i += 50) tail[i] = tail[i] * tail[i] * tail[i];
    check(tail, 256);
    CHECK(seen(Entropy{}, tail).highest < *std::max_element(tail.begin(), tail.end()));
}

TEST_CASE("values of one sign have all the codes", "[entropy]") {
    const auto values = relu_values(3000, 5);
    Entropy observer;
    observer.observe(values);
    CHECK(observer.range(128).highest != observer.range(256).highest);
    CHECK(observer.range().highest == observer.range(256).highest);
    CHECK(observer.range(8192).highest == 31.0f);  // no more bins than codes: nothing to lose
}

TEST_CASE("Entropy keeps the laws of observers", "[entropy]") { check_edges(Entropy{}, "Entropy"); }
