// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/train/trainable.hpp>

using namespace qtensor;

TEST_CASE("trainable: where the weights of a filter lie") {
    std::vector<float> values(6), slopes(6);
    const Parameter rows{values, slopes, true, 2};
    CHECK(rows.depth() == 3);
    CHECK(rows.at(1, 2) == 5);
    const Parameter columns{values, slopes, true, 2, true};
    CHECK(columns.at(1, 2) == 5);
    CHECK(columns.at(1, 0) == 1);
    CHECK(rows.at(1, 0) == 3);
}

TEST_CASE("trainable: real numbers enter as they are") {
    Real::RealEdge edge;
    const std::vector<float> x{1, 2, 3};
    Real::enter<void>(x, edge, Pass{});
    CHECK(edge.values == x);
}
