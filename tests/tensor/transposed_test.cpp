// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/scale.hpp>
#include <qtensor/tensor/copy.hpp>
#include <qtensor/tensor/transposed.hpp>

#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;

TEST_CASE("A transposition exchanges axes in place", "[tensor][transposed]") {
    std::array<std::int8_t, 24> cells{};
    std::iota(cells.begin(), cells.end(), std::int8_t{0});
    const QTensor<std::int8_t, Affine<>, Shape<2, 3, 4>> whole(cells.data(), {}, {0.5f, 3});
    const auto moved = transposed(whole, {2, 0, 1});
    CHECK((moved.extent(0) == 4 && moved.extent(1) == 2 && moved.extent(2) == 3));
    for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t j = 0; j < 2; ++j) {
            for (std::size_t k = 0; k < 3; ++k) CHECK(moved(i, j, k) == whole(j, k, i));
        }
    }
    moved(3, 1, 2) = -1;
    CHECK(cells[23] == -1);
    CHECK(says(refused([&] { (void)transposed(whole, {0, 0, 1}); }), "names every axis once"));
    CHECK(says(refused([&] { (void)transposed(whole, {0, 1, 3}); }), "names every axis once"));
}
