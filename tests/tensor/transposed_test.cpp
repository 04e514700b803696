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

#include "support/npy.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::read_npy;
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

TEST_CASE("CMSIS-NN: transpositions, exactly", "[tensor][transposed]") {
    const auto folder = qtensor_test::vector_suite("cmsis_nn");
    if (!folder) {
        WARN("skipped: the conformance vectors are not beside the repository");
        return;
    }
    const auto check = [&]<std::size_t R>(const std::string& name, std::array<std::size_t, R> extents,
                                          std::array<std::size_t, R> order) {
        const auto x = read_npy<std::int8_t>(*folder / name / "input_tensor.npy");
        const auto want = read_npy<std::int8_t>(*folder / name / "output.npy");
        const auto shape = detail::dynamic_shape(extents);
        const QTensor<const std::int8_t, Affine<>, std::remove_const_t<decltype(shape)>> from(x.data(), shape);
        const auto view = transposed(from, order);
        std::vector<std::int8_t> y(want.size());
        copy_into(view,
                  QTensor<std::int8_t, Affine<>, std::remove_cvref_t<decltype(view.shape())>>(y.data(), view.shape()));
        INFO(name);
        CHECK((y == want));
    };
    check("transpose_3dim", std::array<std::size_t, 3>{5, 4, 20}, std::array<std::size_t, 3>{0, 2, 1});
    check("transpose_3dim2", std::array<std::size_t, 3>{5, 4, 20}, std::array<std::size_t, 3>{1, 2, 0});
    check("transpose_default", std::array<std::size_t, 4>{4, 3, 3, 22}, std::array<std::size_t, 4>{3, 2, 1, 0});
    check("transpose_ncwh", std::array<std::size_t, 4>{5, 4, 3, 9}, std::array<std::size_t, 4>{0, 3, 2, 1});
    check("transpose_nwhc", std::array<std::size_t, 4>{1, 19, 3, 64}, std::array<std::size_t, 4>{0, 2, 1, 3});
}
