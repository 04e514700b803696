// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/train/aware_weighted.hpp>
#include <qtensor/train/landscape.hpp>
#include <qtensor/train/loss.hpp>

#include <string>

using namespace qtensor;

TEST_CASE("landscape: the share of points that are curved downwards") {
    const auto share = [](auto&& height) {
        Landscape land{5, 1.0f, {}};
        for (int i = 0; i < 25; ++i) land.losses.push_back(height(i / 5 - 2, i % 5 - 2));
        return land.negative_curvature();
    };
    CHECK(share([](double x, double y) { return x * x + y * y; }) == 0.0);
    CHECK(share([](double x, double y) { return 10 + x * x - 0.1 * y * y; }) == 1.0);
    CHECK(share([](double x, double y) { return 10 + x * x + y * y + 1.9 * x * y; }) == 0.0);
    CHECK(share([](double x, double y) { return 10 + x * x + y * y + 2.1 * x * y; }) == 1.0);  // a saddle across
    CHECK(share([](double x, double) { return 10.0 + x; }) == 0.0);                            // flat is not downwards
    CHECK(std::fabs(share([](double x, double) { return x < 0 ? x * x : 4 - (x - 2) * (x - 2); }) - 1.0 / 3.0) < 1e-12);
}

TEST_CASE("landscape: directions have the lengths of the filters, points lie where they are said to") {
    using L = Dense<3, 2>;
    L::Float center{};
    const float weights[6] = {3, 0, 4, 0.1f, 0.2f, 0.2f};  // filters of length 5 and 0.3
    for (std::size_t i = 0; i < 6; ++i) center.weights.data()[i] = weights[i];
    center.bias(1) = 7.0f;
    Model<L> model(center);
    Random random(3);
    const auto direction = detail::filter_normalised(model, random);
    REQUIRE(direction.size() == 1);
    const auto length = [&](std::size_t j) {
        return std::hypot(static_cast<double>(direction[0][3 * j]), static_cast<double>(direction[0][3 * j + 1]),
                          static_cast<double>(direction[0][3 * j + 2]));
    };
    CHECK(std::fabs(length(0) - 5.0) < 1e-5);
    CHECK(std::fabs(length(1) - 0.3) < 1e-6);

    // One input of 1: the answer of output 0 is its weight 0, so the loss tells where the point is.
    const std::vector<float> x{1, 0, 0}, target{3, 7.1f};
    const Landscape land = landscape<L>(center, x, SquaredError(target), {.points = 5, .reach = 2.0f, .seed = 3});
    Random again(3);
    const auto first = detail::filter_normalised(model, again), second = detail::filter_normalised(model, again);
    CHECK(land.step(0) == -2.0f);
    CHECK(land.step(2) == 0.0f);
    CHECK(land.step(3) == 1.0f);
    CHECK(land(2, 2) < 1e-12);
    for (std::size_t i = 0; i < 5; ++i) {
        for (std::size_t j = 0; j < 5; ++j) {
            const auto moved = [&](std::size_t k) {
                return static_cast<double>(land.step(i) * first[0][k] + land.step(j) * second[0][k]);
            };
            CHECK(std::fabs(land(i, j) - (moved(0) * moved(0) + moved(3) * moved(3)) / 2.0) <
                  1e-4 * (1.0 + land(i, j)));
        }
    }
    // The quantized network is near it, and not it.
    const Landscape codes =
        landscape<L, QuantizationAware<>>(center, x, SquaredError(target), {.points = 5, .reach = 2.0f, .seed = 3});
    double apart = 0.0;
    for (std::size_t i = 0; i < 25; ++i) apart = std::max(apart, std::fabs(codes.losses[i] - land.losses[i]));
    CHECK(apart > 0.0);
    CHECK(apart < 0.3);

    std::string said;
    try {
        landscape<L>(center, x, SquaredError(target), {.points = 4});
    } catch (const std::invalid_argument& error) {
        said = error.what();
    }
    CHECK(said == "landscape: an odd number of points from 3 on, and a positive reach, not 4 and 1.000000");
}
