// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/reciprocal.hpp>

#include "support/catch.hpp"
#include "support/lane_checks.hpp"

using namespace qtensor_test;
using qtensor::GgmlReciprocal;
using qtensor::TorchFusedReciprocal;
using qtensor::TorchReciprocal;

TEST_CASE("A reciprocal rounding is a rounding policy", "[numeric][reciprocal]") {
    STATIC_REQUIRE(qtensor::RoundingPolicy<TorchReciprocal>);
    STATIC_REQUIRE(qtensor::RoundingPolicy<TorchFusedReciprocal>);
    STATIC_REQUIRE(qtensor::detail::rounds_shifted<TorchFusedReciprocal>);
    STATIC_REQUIRE_FALSE(qtensor::detail::rounds_shifted<TorchReciprocal>);
    STATIC_REQUIRE(TorchReciprocal::round(2.5f) == 2.0f);
    STATIC_REQUIRE(GgmlReciprocal::round(2.5f) == 3.0f);
    STATIC_REQUIRE(qtensor::detail::quotient(1.0f, 3.0f, qtensor::HalfEven{}) == 1.0f / 3.0f);
    STATIC_REQUIRE(qtensor::detail::quotient(0.273939937f, 0.00214854861f, TorchReciprocal{}) == 127.5f);
    STATIC_REQUIRE(qtensor::detail::quotient(0.273939937f, 0.00214854861f, qtensor::HalfEven{}) < 127.5f);
}

TEMPLATE_TEST_CASE("Lanes multiply by the inverse as one value does", "[numeric][reciprocal]", QTENSOR_TEST_ARCHES) {
    using F = qtensor::lanes<float, TestType>;
    lanes_equal_scalar<F, float, Equal::value>(
        float_pairs(300000), [](F x, F scale) { return TorchReciprocal::quotient(x, scale); },
        [](float x, float scale) {
            const volatile float inverse = 1.0f / scale;
            return x * inverse;
        });
    lanes_equal_scalar<F, float, Equal::value>(
        float_pairs(300000),
        [](F x, F scale) { return TorchFusedReciprocal::shifted(x, scale, qtensor::lane::broadcast<F>(3.0f)); },
        [](float x, float scale) {
            const volatile float inverse = 1.0f / scale;
            return static_cast<float>(std::nearbyint(static_cast<double>(std::fma(x, inverse, 3.0f))));
        });
}
