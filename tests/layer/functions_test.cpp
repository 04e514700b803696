// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/functions.hpp>

#include <cmath>
#include <cstdint>

#include "support/function_model.hpp"

using namespace qtensor;

TEST_CASE("Scalar functions are what the C library makes of them", "[layer][lookup]") {
    qtensor_test::for_each_function([]<class F>(F function) {
        double most = 0.0;
        for (int i = -4000; i <= 4000; ++i) {
            const double x = i * 0.005;
            const double want = qtensor_test::model(function, x);
            most = std::max(most, std::fabs(F::real(x) - want) / std::max(1.0, std::fabs(want)));
        }
        CHECK(most < 1e-14);
    });
}

TEST_CASE("Functions of known range name their scale", "[layer][lookup]") {
    STATIC_REQUIRE(Sigmoid::output<std::int8_t> == Affine<>{1.0f / 256.0f, -128});
    STATIC_REQUIRE(Sigmoid::output<std::uint8_t> == Affine<>{1.0f / 256.0f, 0});
    STATIC_REQUIRE(Sigmoid::output<std::int16_t> == Affine<>{1.0f / 32768.0f, 0});
    STATIC_REQUIRE(Tanh::output<std::int8_t> == Affine<>{1.0f / 128.0f, 0});
    STATIC_REQUIRE(Tanh::output<std::uint8_t> == Affine<>{1.0f / 128.0f, 128});
    STATIC_REQUIRE(Tanh::output<std::int16_t> == Affine<>{1.0f / 32768.0f, 0});
}
