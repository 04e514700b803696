// SPDX-License-Identifier: BSL-1.0
#include "support/slope_checks.hpp"

#include <qtensor/train/merge.hpp>
#include <qtensor/train/sequential.hpp>
#include <qtensor/train/weighted.hpp>
#include <qtensor/train/weightless.hpp>

using namespace qtensor;
using qtensor_test::check_slopes;
using qtensor_test::Numbers;

namespace {

/// Row n of x through weights [2][2] and a bias.
Numbers affine(const Numbers& x, const Numbers& w, const Numbers& b) {
    Numbers y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i)
        y[i] = b[i % 2] + w[i % 2 * 2] * x[i / 2 * 2] + w[i % 2 * 2 + 1] * x[i / 2 * 2 + 1];
    return y;
}

template <class Op> void check_op(double (*op)(double, double), std::uint64_t seed) {
    using A = Dense<2, 2>;
    check_slopes<Merge<Op, Relu, A, A>>(seed, 4, [op](const std::vector<Numbers>& p, const Numbers& x) {
        const Numbers a = affine(x, p[0], p[1]), b = affine(x, p[2], p[3]);
        Numbers y(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) y[i] = std::max(op(a[i], b[i]), 0.0);
        return y;
    });
}

}  // namespace

TEST_CASE("merge: every operation, with relu behind") {
    check_op<Add>([](double a, double b) { return a + b; }, 1);
    check_op<Subtract>([](double a, double b) { return a - b; }, 2);
    check_op<Multiply>([](double a, double b) { return a * b; }, 3);
    check_op<Minimum>([](double a, double b) { return std::min(a, b); }, 4);
    check_op<Maximum>([](double a, double b) { return std::max(a, b); }, 5);
}

TEST_CASE("merge: a residual") {
    check_slopes<Residual<Dense<2, 2, Relu>>>(6, 3, [](const std::vector<Numbers>& p, const Numbers& x) {
        Numbers y = affine(x, p[0], p[1]);
        for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] + std::max(y[i], 0.0);
        return y;
    });
}

TEST_CASE("merge: ways side by side") {
    using S = Shape<2, 2>;
    check_slopes<Concat<Skip<S>, Sequential<Lookup<S, Tanh>, Slice<S, Begin<0, 1>, Shape<2, 1>>>>>(
        7, 2, [](const auto&, const Numbers& x) {
            Numbers y;
            for (std::size_t i = 0; i < x.size(); i += 2) {
                y.push_back(x[i]);
                y.push_back(x[i + 1]);
                y.push_back(std::tanh(x[i + 1]));
            }
            return y;
        });
}
