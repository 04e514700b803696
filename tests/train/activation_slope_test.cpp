// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/train/activation_slope.hpp>

using namespace qtensor;

TEST_CASE("activation slope: identity and relu") {
    CHECK(ActivationSlope<Identity>::at(-3.0f) == 1.0f);
    CHECK(ActivationSlope<Relu>::at(0.25f) == 1.0f);
    CHECK(ActivationSlope<Relu>::at(0.0f) == 0.0f);
    CHECK(ActivationSlope<Relu>::at(-0.25f) == 0.0f);
    const detail::RealActivation<Relu> relu;
    CHECK(relu(-2.0f) == 0.0f);
    CHECK(relu(2.0f) == 2.0f);
    const detail::RealActivation<Identity> identity;
    CHECK(identity(-2.0f) == -2.0f);
}
