// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/scale.hpp>
#include <qtensor/tensor/copy.hpp>
#include <qtensor/tensor/sliced.hpp>

#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;

TEST_CASE("A slice sees some elements of each axis, steps may go backwards", "[tensor][sliced]") {
    std::array<std::int16_t, 60> cells{};
    std::iota(cells.begin(), cells.end(), std::int16_t{0});
    QTensor<std::int16_t, Affine<>, Shape<3, 4, 5>> whole(cells.data(), {}, {0.5f, 3});
    const auto part = sliced(whole, {1, 3, 0}, {2, 2, 3}, {1, -2, 2});
    CHECK((part.extent(0) == 2 && part.extent(1) == 2 && part.extent(2) == 3));
    CHECK(part.scale() == Affine<>{0.5f, 3});
    for (std::size_t i = 0; i < 2; ++i) {
        for (std::size_t j = 0; j < 2; ++j) {
            for (std::size_t k = 0; k < 3; ++k)
                CHECK(part(i, j, k) == static_cast<int>((1 + i) * 20 + (3 - 2 * j) * 5 + 2 * k));
        }
    }
    const auto of_part = sliced(part, {1, 0, 1}, {1, 2, 2});
    CHECK(of_part(0, 1, 1) == 2 * 20 + 1 * 5 + 4);
    of_part(0, 1, 1) = -9;  // a view of the same memory
    CHECK(whole(2, 1, 4) == -9);
    const QTensor<std::int16_t, Affine<>, Shape<3, 4, 5>, Inline>& fixed =
        QTensor<std::int16_t, Affine<>, Shape<3, 4, 5>, Inline>{};
    STATIC_REQUIRE(std::is_const_v<typename decltype(sliced(fixed, {0, 0, 0}, {1, 1, 1}))::element_type>);
}

TEST_CASE("A slice that leaves its tensor is refused", "[tensor][sliced]") {
    std::array<std::int8_t, 12> cells{};
    const QTensor<std::int8_t, Affine<>, Shape<3, 4>> whole(cells.data(), {}, {1.0f, 0});
    const auto call = [&](std::array<std::size_t, 2> begin, std::array<std::size_t, 2> extent,
                          std::array<std::ptrdiff_t, 2> step) {
        return refused([&] { (void)sliced(whole, begin, extent, step); });
    };
    CHECK(call({0, 0}, {3, 4}, {1, 1}) == "nothing was refused");
    CHECK(call({2, 3}, {3, 2}, {-1, -3}) == "nothing was refused");
    CHECK(call({3, 4}, {0, 0}, {1, 1}) == "nothing was refused");
    CHECK(says(call({0, 1}, {3, 4}, {1, 1}), "a slice lies inside its tensor"));
    CHECK(says(call({0, 0}, {2, 4}, {3, 1}), "a slice lies inside its tensor"));
    CHECK(says(call({1, 0}, {3, 4}, {-1, 1}), "a slice lies inside its tensor"));
    CHECK(says(call({3, 0}, {1, 4}, {1, 1}), "a slice lies inside its tensor"));
}
