// SPDX-License-Identifier: BSL-1.0
#include "support/conv_oracle.hpp"
#include "support/slope_checks.hpp"

#include <qtensor/train/sums_gradient.hpp>

using namespace qtensor;
using qtensor_test::near;
using qtensor_test::Numbers;

namespace {

/// dx and dw of sum c y, where y [batch][outputs] is bilinear in x and w: y(e_i, w) is what x_i is multiplied by.
/// `sums` is the layer in double.
template <class Sums, class Model> void check_sums(std::uint64_t seed, std::size_t batch, Model&& sums) {
    oracle::Random random(seed);
    std::vector<float> x(batch * static_size<typename Sums::input_shape>), w(static_size<typename Sums::weight_shape>),
        c(batch * static_size<typename Sums::output_shape>);
    for (auto* numbers : {&x, &w, &c}) {
        for (float& value : *numbers) value = random.real();
    }
    std::vector<float> dx(x.size(), 7.0f), dw(w.size(), 0.5f);
    detail::SumsGradient<Sums>::run(x.data(), w.data(), c.data(), dx.data(), dw.data(), batch);
    const auto along = [&](const Numbers& image, const Numbers& weights) {
        const Numbers y = sums(image, weights);
        REQUIRE(y.size() == c.size());
        double sum = 0.0;
        for (std::size_t i = 0; i < y.size(); ++i) sum += static_cast<double>(c[i]) * y[i];
        return sum;
    };
    std::size_t wrong = 0;
    Numbers unit(x.size()), weights(w.begin(), w.end());
    for (std::size_t i = 0; i < x.size(); ++i) {
        unit[i] = 1.0;
        wrong += !near(static_cast<double>(dx[i]), along(unit, weights), 2e-6);
        unit[i] = 0.0;
    }
    CHECK(wrong == 0);
    Numbers image(x.begin(), x.end());
    unit.assign(w.size(), 0.0);
    for (std::size_t i = 0; i < w.size(); ++i) {
        unit[i] = 1.0;
        wrong += !near(static_cast<double>(dw[i]) - 0.5, along(image, unit), 4e-6);  // added to what was there
        unit[i] = 0.0;
    }
    CHECK(wrong == 0);

    std::vector<float> alone(w.size(), 0.5f);
    detail::SumsGradient<Sums>::run(x.data(), w.data(), c.data(), nullptr, alone.data(), batch);
    CHECK(alone == dw);
}

}  // namespace

TEST_CASE("sums gradient: dense") {
    check_sums<detail::DenseSums<7, 5>>(1, 3, [](const Numbers& x, const Numbers& w) {
        Numbers y(3 * 5);
        for (std::size_t i = 0; i < 3 * 5 * 7; ++i) y[i / 35 * 5 + i / 7 % 5] += x[i / 35 * 7 + i % 7] * w[i % 35];
        return y;
    });
}

TEST_CASE("sums gradient: convolution with groups, stride, dilation and uneven padding") {
    using K = Kernel<3, 2, Stride<2, 1>, Dilation<1, 2>, Padding<1, 0, 2, 1>>;
    const oracle::Conv conv{2, 6, 5, 4, 6, 2, {3, 2, 1, 1, 2}, {2, 1, 2, 0, 1}};
    check_sums<detail::Conv2dSums<Shape<6, 5, 4>, 6, K, 2>>(
        2, 2, [&](const Numbers& x, const Numbers& w) { return conv.sums<double>(x, w, 0, {0}); });
}

TEST_CASE("sums gradient: more samples than go together") {
    using Sums = detail::Conv2dSums<Shape<1, 1, 1>, 1, Kernel<1, 1>, 1>;
    STATIC_REQUIRE(detail::SumsGradient<detail::Conv2dSums<Shape<64, 64, 4>, 1, Kernel<5, 5, Same>, 1>>::together == 1);
    check_sums<Sums>(3, 3, [&](const Numbers& x, const Numbers& w) {
        return Numbers{x[0] * w[0], x[1] * w[0], x[2] * w[0]};
    });
    using Large = detail::Conv2dSums<Shape<64, 64, 4>, 1, Kernel<5, 5, Same>, 1>;
    std::vector<float> x(2 * 64 * 64 * 4, 1.0f), w(100, 1.0f), dy(2 * 64 * 64, 0.0f), dx(x.size()), dw(100);
    dy[10 * 64 + 10] = 1.0f;
    dy[64 * 64 + 20 * 64 + 20] = 2.0f;
    detail::SumsGradient<Large>::run(x.data(), w.data(), dy.data(), dx.data(), dw.data(), 2);
    for (const float slope : dw) CHECK(slope == 3.0f);
    CHECK(dx[(8 * 64 + 8) * 4] == 1.0f);
    CHECK(dx[(7 * 64 + 8) * 4] == 0.0f);
    CHECK(dx[(64 * 64 + 22 * 64 + 22) * 4 + 3] == 2.0f);
    CHECK(dx[(64 * 64 + 10 * 64 + 10) * 4] == 0.0f);
}

TEST_CASE("sums gradient: depthwise convolution with a multiplier") {
    using K = Kernel<2, 3, Stride<1, 2>, Padding<1>>;
    const oracle::Conv conv{2, 4, 5, 3, 6, 3, {2, 1, 1, 1, 1}, {3, 2, 1, 1, 1}};
    check_sums<detail::DepthwiseSums<Shape<4, 5, 3>, K, 2>>(4, 2, [&](const Numbers& x, const Numbers& w) {
        Numbers turned(w.size());  // [tap][out] here, [out][tap] there
        for (std::size_t i = 0; i < w.size(); ++i) turned[i % 6 * 6 + i / 6] = w[i];
        return conv.sums<double>(x, turned, 0, {0});
    });
}

TEST_CASE("sums gradient: transposed convolution") {
    using Sums = detail::TransposeConvSums<Shape<3, 2, 2>, 3, Kernel<3, 3, Stride<2>, Padding<1>>>;
    STATIC_REQUIRE(std::same_as<Sums::output_shape, Shape<5, 3, 3>>);
    check_sums<Sums>(5, 2, [&](const Numbers& x, const Numbers& w) {
        Numbers y(2 * 5 * 3 * 3);
        const auto at = [](int value) { return static_cast<std::size_t>(value); };
        for (int n = 0; n < 2; ++n) {
            for (int r = 0; r < 3; ++r) {
                for (int c = 0; c < 2; ++c) {
                    for (int i = 0; i < 3; ++i) {
                        for (int j = 0; j < 3; ++j) {
                            const int oy = 2 * r + i - 1, ox = 2 * c + j - 1;
                            if (oy < 0 || oy >= 5 || ox < 0 || ox >= 3) continue;
                            for (int o = 0; o < 3; ++o) {
                                for (int k = 0; k < 2; ++k)
                                    y[at(((n * 5 + oy) * 3 + ox) * 3 + o)] +=
                                        x[at(((n * 3 + r) * 2 + c) * 2 + k)] * w[at(((o * 3 + i) * 3 + j) * 2 + k)];
                            }
                        }
                    }
                }
            }
        }
        return y;
    });
}
