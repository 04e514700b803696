// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/scale.hpp>
#include <qtensor/tensor/copy.hpp>
#include <qtensor/tensor/sliced.hpp>
#include <qtensor/tensor/transposed.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;

TEST_CASE("A copy between any strides, in constant evaluation too", "[tensor][copy]") {
    constexpr auto made = [] {
        QTensor<std::int8_t, Affine<>, Shape<2, 3>, Inline> from({}, {0.5f, 1});
        QTensor<std::int8_t, Affine<>, Shape<3, 5>, Inline> to({}, {0.5f, 1});
        for (std::size_t i = 0; i < 6; ++i) from.data()[i] = static_cast<std::int8_t>(i + 1);
        fill(to, 9);
        copy_into(transposed(from, {1, 0}), sliced(to, {0, 4}, {3, 2}, {1, -3}));  // columns 4 and 1
        return to;
    }();
    const std::array<std::int8_t, 15> want{9, 4, 9, 9, 1, 9, 5, 9, 9, 2, 9, 6, 9, 9, 3};
    for (std::size_t i = 0; i < 15; ++i) CHECK(made.data()[i] == want[i]);
}

TEST_CASE("A concatenation is copies into slices", "[tensor][copy]") {
    std::array<std::int8_t, 4> a{1, 2, 3, 4};
    std::array<std::int8_t, 6> b{5, 6, 7, 8, 9, 10};
    std::array<std::int8_t, 10> y{};
    const QTensor<std::int8_t, Affine<>, Shape<2, 2>> left(a.data(), {});
    const QTensor<std::int8_t, Affine<>, Shape<2, 3>> right(b.data(), {});
    const QTensor<std::int8_t, Affine<>, Shape<2, 5>> whole(y.data(), {});
    copy_into(left, sliced(whole, {0, 0}, {2, 2}));
    copy_into(right, sliced(whole, {0, 2}, {2, 3}));
    CHECK(y == std::array<std::int8_t, 10>{1, 2, 5, 6, 7, 3, 4, 8, 9, 10});
}

TEST_CASE("A copy that would change the meaning is refused", "[tensor][copy]") {
    std::array<std::int8_t, 6> a{}, b{};
    using Matrix = Shape<dyn, dyn>;
    const auto call = [&](Matrix from, Matrix to, Affine<> scale) {
        return refused([&] {
            copy_into(QTensor<std::int8_t, Affine<>, Matrix>(a.data(), from, {0.5f, 1}),
                      QTensor<std::int8_t, Affine<>, Matrix>(b.data(), to, scale));
        });
    };
    CHECK(call(Matrix(2, 3), Matrix(2, 3), {0.5f, 1}) == "nothing was refused");
    CHECK(says(call(Matrix(2, 3), Matrix(3, 2), {0.5f, 1}), "have the same shape"));
    CHECK(says(call(Matrix(2, 3), Matrix(2, 3), {0.5f, 2}), "have the same scale"));
}
