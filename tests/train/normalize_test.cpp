// SPDX-License-Identifier: BSL-1.0
#include "support/slope_checks.hpp"

#include <qtensor/train/normalize.hpp>

using namespace qtensor;
using qtensor_test::check_slopes;
using qtensor_test::Numbers;

namespace {

Numbers normalized(const Numbers& x, bool centered, double epsilon, std::size_t n, const Numbers& gain,
                   const Numbers& bias) {
    Numbers y(x.size());
    for (std::size_t row = 0; row < x.size(); row += n) {
        double mean = 0.0, power = 0.0;
        for (std::size_t i = 0; i < n; ++i) mean += centered ? x[row + i] / static_cast<double>(n) : 0.0;
        for (std::size_t i = 0; i < n; ++i) power += (x[row + i] - mean) * (x[row + i] - mean) / static_cast<double>(n);
        for (std::size_t i = 0; i < n; ++i)
            y[row + i] = (x[row + i] - mean) / std::sqrt(power + epsilon) * gain[i] + bias[i];
    }
    return y;
}

}  // namespace

TEST_CASE("normalize: layer norm, root mean square, length") {
    check_slopes<LayerNorm<Shape<2, 5>>>(
        1, 2, [](const std::vector<Numbers>& p, const Numbers& x) { return normalized(x, true, 1e-5, 5, p[0], p[1]); });
    check_slopes<RmsNorm<Shape<7>>>(2, 3, [](const std::vector<Numbers>& p, const Numbers& x) {
        return normalized(x, false, 1e-5, 7, p[0], p[1]);
    });
    check_slopes<L2Norm<Shape<2, 4>>>(3, 2, [](const auto&, const Numbers& x) {
        return normalized(x, false, 0.0, 4, Numbers(4, 0.5), Numbers(4, 0.0));
    });
}

TEST_CASE("normalize: epsilon counts where numbers are small") {
    check_slopes<LayerNorm<Shape<4>>>(
        4, 3, [](const std::vector<Numbers>& p, const Numbers& x) { return normalized(x, true, 1e-5, 4, p[0], p[1]); },
        true, 0.01f, 2e-3);
}
