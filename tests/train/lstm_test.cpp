// SPDX-License-Identifier: BSL-1.0
#include "support/slope_checks.hpp"

#include <qtensor/train/lstm.hpp>

using namespace qtensor;
using qtensor_test::check_slopes;
using qtensor_test::Numbers;

TEST_CASE("lstm: slopes through time") {
    constexpr std::size_t steps = 4, in = 2, hidden = 3;
    check_slopes<Lstm<steps, in, hidden>>(1, 2, [](const std::vector<Numbers>& p, const Numbers& x) {
        Numbers y;
        for (std::size_t n = 0; n < 2; ++n) {
            Numbers h(hidden), c(hidden);
            for (std::size_t t = 0; t < steps; ++t) {
                Numbers gates = p[2];
                for (std::size_t j = 0; j < 4 * hidden; ++j) {
                    for (std::size_t k = 0; k < in; ++k) gates[j] += p[0][j * in + k] * x[(n * steps + t) * in + k];
                    for (std::size_t k = 0; k < hidden; ++k) gates[j] += p[1][j * hidden + k] * h[k];
                }
                const auto logistic = [](double v) { return 1.0 / (1.0 + std::exp(-v)); };
                for (std::size_t j = 0; j < hidden; ++j) {
                    c[j] = logistic(gates[hidden + j]) * c[j] + logistic(gates[j]) * std::tanh(gates[2 * hidden + j]);
                    h[j] = logistic(gates[3 * hidden + j]) * std::tanh(c[j]);
                }
                y.insert(y.end(), h.begin(), h.end());
            }
        }
        return y;
    });
}
