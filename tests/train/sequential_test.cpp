// SPDX-License-Identifier: BSL-1.0
#include "support/slope_checks.hpp"

#include <qtensor/train/sequential.hpp>
#include <qtensor/train/weighted.hpp>
#include <qtensor/train/weightless.hpp>

using namespace qtensor;
using qtensor_test::check_slopes;
using qtensor_test::Numbers;

TEST_CASE("sequential: slopes pass through layers and networks inside") {
    using Net = Sequential<Sequential<Dense<4, 3, Relu>, Lookup<Shape<3>, Tanh>>, Dense<3, 2>>;
    check_slopes<Net>(1, 3, [](const std::vector<Numbers>& p, const Numbers& x) {
        Numbers y;
        for (std::size_t n = 0; n < 3; ++n) {
            Numbers h = p[1];
            for (std::size_t j = 0; j < 3; ++j) {
                for (std::size_t k = 0; k < 4; ++k) h[j] += p[0][j * 4 + k] * x[n * 4 + k];
                h[j] = std::tanh(std::max(h[j], 0.0));
            }
            for (std::size_t j = 0; j < 2; ++j)
                y.push_back(p[3][j] + p[2][j * 3] * h[0] + p[2][j * 3 + 1] * h[1] + p[2][j * 3 + 2] * h[2]);
        }
        return y;
    });
}

TEST_CASE("sequential: parameters go in and come out in order") {
    using Net = Sequential<Dense<2, 2>, Dense<2, 1>>;
    Net::Float start{};
    get<0>(start).weights(1, 0) = 3.0f;
    get<1>(start).bias(0) = 5.0f;
    const Net::Float out = Trainable<Net>(start).parameters();
    CHECK(get<0>(out).weights(1, 0) == 3.0f);
    CHECK(get<1>(out).bias(0) == 5.0f);
}
