// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/parameters.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

using namespace qtensor;

namespace {

constexpr float weights[3][2] = {{0.5f, -2.54f}, {0.0f, 0.0f}, {0.127f, 0.001f}};
constexpr float biases[3] = {1.0f, 0.0f, 0.0f};

template <class N> constexpr auto fitted(float input, float bias = 0.0f) {
    return fit_weight_scale<N, 3>(
        2, [](std::size_t j, std::size_t i) { return weights[j][i]; },
        [&](std::size_t j) { return j == 2 ? bias : biases[j]; }, input);
}

}  // namespace

TEST_CASE("A weight scale spans the largest weight of its output", "[layer][parameters]") {
    constexpr auto scale = fitted<numerics::TfLite>(0.1f);
    CHECK(scale.scale(0) == 2.54f / 127.0f);
    CHECK(scale.scale(2) == 0.127f / 127.0f);
    CHECK(scale.scale(1) == 2.54f / 127.0f);               // no weights, no bias: the largest of the others
    constexpr auto one = fitted<numerics::Article>(0.1f);  // one scale for all
    CHECK(one.scale(0) == 2.54f / 127.0f);
    constexpr auto power = fitted<numerics::Fixed>(0.1f);  // the next power of two that clips nothing
    CHECK(power.scale(0) == 0.03125f);
    CHECK(power.scale(2) == 0.001953125f);
}

TEST_CASE("A bias that is large for its weights makes the scale larger", "[layer][parameters]") {
    constexpr float input = 1e-6f;
    const auto scale = fitted<numerics::TfLite>(input, -1e7f);
    CHECK(scale.scale(2) == 1e7f / input / 1073741824.0f);
    const auto code = quantize_bias<numerics::TfLite>(-1e7f, input, scale.scale(2), 2);
    CHECK(std::abs(static_cast<double>(code) + 1073741824.0) < 256.0);
}

TEST_CASE("A bias is counted in input scale x weight scale, rounded by the bundle", "[layer][parameters]") {
    // 0.5 and 0.25 are exact: units of 1/8.
    STATIC_REQUIRE(quantize_bias<numerics::TfLite>(0.3125f, 0.5f, 0.25f, 0) == 3);  // 2.5, ties away
    STATIC_REQUIRE(quantize_bias<numerics::TfLite>(-0.3125f, 0.5f, 0.25f, 0) == -3);
    STATIC_REQUIRE(quantize_bias<numerics::Xnnpack>(0.3125f, 0.5f, 0.25f, 0) == 2);    // ties to even
    STATIC_REQUIRE(quantize_bias<numerics::Article>(-0.3125f, 0.5f, 0.25f, 0) == -3);  // down
    STATIC_REQUIRE(quantize_bias<numerics::TfLite>(1e30f, 0.5f, 0.25f, 0) == std::numeric_limits<std::int32_t>::max());
    STATIC_REQUIRE(quantize_bias<numerics::TfLite>(-1e30f, 0.5f, 0.25f, 0) == std::numeric_limits<std::int32_t>::min());
}
