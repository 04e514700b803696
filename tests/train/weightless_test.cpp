// SPDX-License-Identifier: BSL-1.0
#include "support/slope_checks.hpp"

#include <qtensor/train/weightless.hpp>

using namespace qtensor;
using qtensor_test::check_slopes;
using qtensor_test::Numbers;

namespace {

/// Pooling of images 5 x 4 x 2 by windows of 3 x 2, stride 2 x 1, one row of padding above.
Numbers pooled(const Numbers& x, bool mean, bool relu) {
    Numbers y;
    for (int n = 0; n < static_cast<int>(x.size()) / 40; ++n) {
        for (int oy = 0; oy < 2; ++oy) {
            for (int ox = 0; ox < 3; ++ox) {
                for (int c = 0; c < 2; ++c) {
                    double sum = 0.0, largest = -1e300;
                    int count = 0;
                    for (int i = 0; i < 3; ++i) {
                        for (int j = 0; j < 2; ++j) {
                            const int row = 2 * oy + i - 1;
                            if (row < 0 || row >= 5) continue;
                            const double value = x[static_cast<std::size_t>(((n * 5 + row) * 4 + ox + j) * 2 + c)];
                            sum += value;
                            largest = std::max(largest, value);
                            ++count;
                        }
                    }
                    const double made = mean ? sum / count : largest;
                    y.push_back(relu ? std::max(made, 0.0) : made);
                }
            }
        }
    }
    return y;
}

using Image = Shape<5, 4, 2>;
using K = Kernel<3, 2, Stride<2, 1>, Padding<1, 0, 0, 0>>;

struct Cube {
    static constexpr double real(double x) { return x * x * x; }
};

}  // namespace

TEST_CASE("weightless: pooling") {
    check_slopes<MaxPool2d<Image, K>>(1, 2, [](const auto&, const Numbers& x) { return pooled(x, false, false); });
    check_slopes<AveragePool2d<Image, K, Relu>>(2, 2,
                                                [](const auto&, const Numbers& x) { return pooled(x, true, true); });
    // Of equal numbers the first one is the largest.
    using L = MaxPool2d<Shape<2, 2, 1>, Kernel<2, 2>>;
    const std::vector<float> x{1, 3, 3, 3}, dy{5};
    std::vector<float> dx(4);
    PullBack<L>::run(x.data(), dy.data(), dx.data(), 1);
    CHECK(dx == std::vector<float>{0, 5, 0, 0});
}

TEST_CASE("weightless: moved numbers") {
    check_slopes<Transpose<Shape<2, 3, 4>, 2, 0, 1>>(3, 2, [](const auto&, const Numbers& x) {
        Numbers y(48);
        for (std::size_t i = 0; i < 48; ++i) y[i / 24 * 24 + i % 4 * 6 + i / 4 % 6] = x[i];
        return y;
    });
    check_slopes<Slice<Shape<4, 3>, Begin<1, 2>, Shape<2, 1>>>(4, 2, [](const auto&, const Numbers& x) {
        return Numbers{x[5], x[8], x[17], x[20]};
    });
    check_slopes<Pad<Shape<1, 2>, Begin<1, 1>, Shape<2, 3>>>(
        5, 2, [](const auto&, const Numbers& x) { return Numbers{0, 0, 0, 0, x[0], x[1], 0, 0, 0, 0, x[2], x[3]}; });
    check_slopes<Flatten<Shape<2, 2>>>(6, 2, [](const auto&, const Numbers& x) { return x; });
}

TEST_CASE("weightless: scalar functions and softmax") {
    const auto each = [](auto&& f) {
        return [f](const auto&, const Numbers& x) {
            Numbers y;
            for (const double value : x) y.push_back(f(value));
            return y;
        };
    };
    check_slopes<Lookup<Shape<6>, Sigmoid>>(7, 3, each([](double x) { return 1.0 / (1.0 + std::exp(-x)); }), true,
                                            4.0f);
    check_slopes<Lookup<Shape<6>, Gelu>>(
        8, 3, each([](double x) { return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0))); }), true, 3.0f);
    check_slopes<Lookup<Shape<6>, Cube>>(9, 3, each([](double x) { return x * x * x; }));
    check_slopes<LeakyRelu<Shape<6>, Ratio<1, 4>>>(10, 3, each([](double x) { return x > 0 ? x : x / 4; }));
    check_slopes<Softmax<Shape<2, 3>>>(
        11, 2,
        [](const auto&, const Numbers& x) {
            Numbers y;
            for (std::size_t row = 0; row < x.size(); row += 3) {
                const double sum = std::exp(x[row]) + std::exp(x[row + 1]) + std::exp(x[row + 2]);
                for (std::size_t i = 0; i < 3; ++i) y.push_back(std::exp(x[row + i]) / sum);
            }
            return y;
        },
        true, 3.0f);
}
