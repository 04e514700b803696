// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/lstm.hpp>

#include <cmath>
#include <vector>

#include "support/arches.hpp"
#include "support/recurrent_checks.hpp"

using namespace qtensor;
using qtensor_test::sigmoid;

namespace {

/// An LSTM in double, from its equations.
template <class L> std::vector<double> model(const typename L::Float& real, const std::vector<float>& x) {
    constexpr std::size_t in = L::input_shape::static_extent(1), hidden = L::output_shape::static_extent(1);
    std::vector<double> cell(hidden, 0.0), h(hidden, 0.0), y;
    for (std::size_t t = 0; t < x.size() / in; ++t) {
        if (t % L::input_shape::static_extent(0) == 0) cell.assign(hidden, 0.0), h.assign(hidden, 0.0);
        std::vector<double> sums(4 * hidden);
        for (std::size_t j = 0; j < 4 * hidden; ++j) {
            sums[j] = static_cast<double>(real.bias(j));
            for (std::size_t i = 0; i < in; ++i)
                sums[j] += static_cast<double>(x[t * in + i]) * static_cast<double>(real.input_weights(j, i));
            for (std::size_t i = 0; i < hidden; ++i) sums[j] += h[i] * static_cast<double>(real.hidden_weights(j, i));
        }
        for (std::size_t j = 0; j < hidden; ++j) {
            cell[j] = sigmoid(sums[hidden + j]) * cell[j] + sigmoid(sums[j]) * std::tanh(sums[2 * hidden + j]);
            h[j] = sigmoid(sums[3 * hidden + j]) * std::tanh(cell[j]);
        }
        y.insert(y.end(), h.begin(), h.end());
    }
    return y;
}

}  // namespace

TEST_CASE("An LSTM: the float reading is its equations, the integer reading is close, streaming is the same bits",
          "[layer][lstm]") {
    using L = Lstm<9, 5, 12>;
    static_assert(Layer<L>);
    qtensor_test::check_gates<L, qtensor_test::ScalarAndBest>(model<L>, 2e-6, 0.03);
}
