// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/comparison.hpp>

#include <stdexcept>

#include "support/comparison_cases.hpp"

using namespace qtensor;

TEST_CASE("the weakest layer is no composition and not the input", "[comparison]") {
    Comparison comparison = qtensor_test::known_comparison();  // input, 0, 1.1, 1, 2
    for (std::size_t i = 0; i < 5; ++i) CHECK(comparison.is_composition(i) == (i == 3));
    CHECK(comparison.weakest().path == "1.1");
    comparison.layers[0].alone = 3.0;
    comparison.layers[1].alone = 9.0;
    CHECK(comparison.weakest().path == "0");
    comparison.layers[4].alone = 8.0;
    CHECK(comparison.weakest().path == "2");
    comparison.layers.resize(1);
    CHECK_THROWS_AS(comparison.weakest(), std::out_of_range);
}

TEST_CASE("layer 10 is not inside layer 1", "[comparison]") {
    Comparison comparison = qtensor_test::known_comparison();
    comparison.layers[2].path = "10.1";
    CHECK(!comparison.is_composition(3));
}
