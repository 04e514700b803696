// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/heap/storage.hpp>
#include <qtensor/numeric/float16.hpp>
#include <qtensor/scale/affine.hpp>
#include <qtensor/scale/per_channel.hpp>
#include <qtensor/tensor/qtensor.hpp>

#include <utility>

#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;

namespace {
using Matrix = QTensor<std::int8_t, Affine<>, Shape<dyn, dyn>, Heap>;
}

static_assert(Heap::contiguous && Heap::owning);
static_assert(std::is_copy_constructible_v<Matrix> && std::is_nothrow_move_constructible_v<Matrix>);

TEST_CASE("a heap tensor starts at zero and knows its shape", "[heap storage]") {
    const Matrix m(Shape<dyn, dyn>(3, 5), Affine{0.5f, -4});
    CHECK(m.size() == 15);
    CHECK(m.extent(0) == 3);
    CHECK(m.extent(1) == 5);
    CHECK(m.scale() == Affine{0.5f, -4});
    for (std::size_t i = 0; i < 15; ++i) CHECK(static_cast<int>(m.data()[i]) == 0);
    CHECK(m.strides() == std::array<std::ptrdiff_t, 2>{5, 1});
    CHECK(says(refused([&] { static_cast<void>(m(3, 0)); }), "an index is less than its extent (value 3, limit 3)"));
}

TEST_CASE("copies own cells of their own", "[heap storage]") {
    Matrix a(Shape<dyn, dyn>(2, 2), Affine{0.5f, 1});
    a(0, 1) = 11;
    Matrix b = a;
    CHECK(b.data() != a.data());
    b(0, 1) = 22;
    CHECK(static_cast<int>(a(0, 1)) == 11);
    CHECK(static_cast<int>(b(0, 1)) == 22);

    Matrix c(Shape<dyn, dyn>(1, 7), Affine{2.0f, 0});
    c = a;
    CHECK(c.shape() == a.shape());
    CHECK(c.scale() == a.scale());
    CHECK(c.data() != a.data());
    CHECK(static_cast<int>(c(0, 1)) == 11);

    const std::int8_t* const where = a.data();
    const Matrix d = std::move(a);
    CHECK(d.data() == where);
    CHECK(static_cast<int>(d(0, 1)) == 11);
}

TEST_CASE("a const heap tensor gives const cells, a view of it follows it", "[heap storage]") {
    Matrix a(Shape<dyn, dyn>(2, 3));
    const Matrix& read_only = a;
    STATIC_REQUIRE(std::is_same_v<decltype(a.data()), std::int8_t*>);
    STATIC_REQUIRE(std::is_same_v<decltype(read_only.data()), const std::int8_t*>);
    auto window = view(a);
    STATIC_REQUIRE(std::is_same_v<decltype(window)::storage_type, View>);
    window(1, 2) = 5;
    CHECK(static_cast<int>(a(1, 2)) == 5);
    STATIC_REQUIRE(std::is_same_v<decltype(view(read_only))::element_type, const std::int8_t>);
}

TEST_CASE("cells: two int4 to a byte, wide and real elements, no elements", "[heap storage]") {
    QTensor<int4, Affine<>, Shape<dyn>, Heap> nibbles{Shape<dyn>(5)};
    CHECK(nibbles.size() == 5);
    element<int4>::store(nibbles.data(), 4, -8);
    CHECK(static_cast<int>(nibbles(4)) == -8);
    CHECK(static_cast<int>(nibbles(3)) == 0);
    const QTensor<std::int64_t, Unscaled, Shape<dyn, 4>, Heap> wide(Shape<dyn, 4>(3));
    CHECK(wide(2, 3) == 0);
    QTensor<float16, Unscaled, Shape<dyn>, Heap> half(Shape<dyn>(2));
    half(1) = float16(1.5f);
    CHECK(static_cast<float>(half(1)) == 1.5f);
    const Matrix none(Shape<dyn, dyn>(0, 5));
    CHECK(none.size() == 0);
    const auto copy = none;
    CHECK(copy.extent(1) == 5);
    const QTensor<std::int8_t, Affine<>, Shape<2, 3>, Heap> fixed(Shape<2, 3>{});
    CHECK(static_cast<int>(fixed(1, 2)) == 0);
}

TEST_CASE("scales that do not fit the shape, sizes that do not fit the machine", "[heap storage]") {
    using PerRow = QTensor<std::int8_t, PerChannel<3>, Shape<dyn, dyn>, Heap>;
    CHECK(refused([] { PerRow(Shape<dyn, dyn>(3, 2)); }) == "nothing was refused");
    CHECK(says(refused([] { PerRow(Shape<dyn, dyn>(4, 2)); }),
               "the number of channel scales differs from the extent of their axis (value 4, limit 3)"));
    constexpr std::size_t half = std::size_t{1} << 32;
    CHECK(says(refused([] { Matrix(Shape<dyn, dyn>(half, half)); }), "the number of elements does not fit"));
}
