// SPDX-License-Identifier: BSL-1.0
#include <qtensor/scale/affine.hpp>
#include <qtensor/scale/per_channel.hpp>
#include <qtensor/scale/power_of_two.hpp>
#include <qtensor/tensor/qtensor.hpp>

#include "support/catch.hpp"

#include <vector>

using namespace qtensor;
using Catch::Matchers::StartsWith;
using qtensor_test::PreconditionFailed;

namespace {

/// Storage like the host's heap: it owns its cells and counts them itself.
struct Owned {
    static constexpr bool contiguous = true;
    static constexpr bool owning = true;
    template <class Cell, std::size_t, std::size_t> struct handle {
        explicit handle(std::size_t count) : cells(count) {}
        Cell* data() { return cells.data(); }
        const Cell* data() const { return cells.data(); }
        std::vector<Cell> cells;
    };
};

}  // namespace

TEST_CASE("An element type and a scale make a usable tensor type", "[tensor]") {
    using Q = QTensor<std::int8_t, PerTensor<>>;
    STATIC_REQUIRE(Q::rank == 1);
    STATIC_REQUIRE(std::is_same_v<Q::shape_type, Shape<dyn>>);
    STATIC_REQUIRE(std::is_same_v<Q::storage_type, View>);
    STATIC_REQUIRE(std::is_same_v<Q::scale_type, PerTensor<>>);
    STATIC_REQUIRE(std::is_same_v<Q::value_type, std::int8_t>);
    STATIC_REQUIRE(std::is_same_v<QTensor<float>::scale_type, Unscaled>);
    STATIC_REQUIRE(std::is_same_v<QTensor<int4>::cell_type, std::uint8_t>);
    STATIC_REQUIRE(std::is_same_v<QTensor<const int4>::cell_type, const std::uint8_t>);
    STATIC_REQUIRE(AnyTensor<Q>);
    STATIC_REQUIRE(AnyTensor<const Q&>);
    STATIC_REQUIRE_FALSE(AnyTensor<int>);
    std::int8_t cells[3]{1, 2, 3};
    const Q tensor(cells, Shape{3}, PerTensor{0.5f});
    CHECK(tensor.size() == 3);
    CHECK(tensor.scale().scale() == 0.5f);
    CHECK(tensor.shape() == Shape{3});
    CHECK(tensor(2) == 3);
}

TEST_CASE("An inline tensor holds zeros until it is written", "[tensor]") {
    QTensor<std::int16_t, PerTensor<>, Shape<2, 3>, Inline> tensor(Shape<2, 3>{}, PerTensor{0.25f});
    for (std::size_t i = 0; i < 2; ++i) {
        for (std::size_t j = 0; j < 3; ++j) CHECK(tensor(i, j) == 0);
    }
    tensor(1, 2) = -7;
    tensor(0, 1) = 9;
    const auto& read = tensor;
    CHECK(read(1, 2) == -7);
    CHECK(read.data()[5] == -7);
    CHECK(read.data()[1] == 9);
    CHECK(tensor.scale().scale() == 0.25f);
    CHECK(tensor.extent(1) == 3);
    STATIC_REQUIRE(std::is_same_v<decltype(read(0, 0)), const std::int16_t&>);
    STATIC_REQUIRE(std::is_same_v<decltype(tensor(0, 0)), std::int16_t&>);
    const auto copy = tensor;
    tensor(1, 2) = 5;
    CHECK(copy(1, 2) == -7);
    STATIC_REQUIRE(QTensor<std::int8_t, Unscaled, Shape<2>, Inline>{}(1) == 0);
}

TEST_CASE("Storage that owns its cells gets as many as the shape needs", "[tensor]") {
    QTensor<int4, Affine<>, Shape<dyn, dyn>, Owned> packed(Shape{5, 3}, Affine{0.5f, 2});
    QTensor<std::int8_t, Affine<>, Shape<dyn, dyn>, Owned> whole(Shape{5, 3});
    const auto view_of = [](auto& tensor) { return view(tensor); };
    CHECK(view_of(packed).data() == packed.data());
    element<int4>::store(packed.data(), 14, -3);  // the last of 15 nibbles, in the eighth byte
    CHECK(packed(4, 2) == -3);
    whole(4, 2) = 77;
    CHECK(whole(4, 2) == 77);
    CHECK(whole.size() == 15);
    CHECK(packed.scale().zero_point() == 2);
    CHECK(whole.strides() == std::array<std::ptrdiff_t, 2>{3, 1});
}

TEST_CASE("A view reads and writes the caller's memory, also through a const view", "[tensor]") {
    std::int8_t cells[6]{1, 2, 3, 4, 5, 6};
    const QTensor<std::int8_t, Affine<>, Shape<2, 3>, View> tensor(cells, Shape<2, 3>{}, Affine{0.5f, 1});
    CHECK(tensor(1, 0) == 4);
    tensor(1, 0) = -4;
    CHECK(cells[3] == -4);
    CHECK(tensor.data() == cells);
    const QTensor<const std::int8_t, Affine<>, Shape<2, 3>, View> read(cells, Shape<2, 3>{}, Affine{0.5f, 1});
    STATIC_REQUIRE(std::is_same_v<decltype(read(0, 0)), const std::int8_t&>);
    CHECK(read(1, 0) == -4);
    const auto copy = tensor;
    CHECK(copy.data() == cells);
}

TEST_CASE("A strided tensor finds its elements by its strides", "[tensor]") {
    std::int16_t cells[12];
    for (int i = 0; i < 12; ++i) cells[i] = static_cast<std::int16_t>(i);
    using Q = QTensor<std::int16_t, PerTensor<>, Shape<dyn, dyn>, Strided>;
    const Q transposed(cells, Shape{4, 3}, {1, 4});
    CHECK(transposed(0, 0) == 0);
    CHECK(transposed(3, 2) == 11);
    CHECK(transposed(1, 2) == 9);
    CHECK(transposed.strides() == std::array<std::ptrdiff_t, 2>{1, 4});
    const Q backwards(cells + 11, Shape{3, 4}, {-4, -1});
    CHECK(backwards(0, 0) == 11);
    CHECK(backwards(2, 3) == 0);
    CHECK(backwards.offset({1, 2}) == -6);
    const Q repeated(cells + 5, Shape{1000, 2}, {0, 1});
    CHECK(repeated(999, 1) == 6);
    repeated(7, 0) = -1;
    CHECK(cells[5] == -1);
}

TEST_CASE("A packed tensor hands out values, two to a byte", "[tensor]") {
    const std::uint8_t cells[3]{0x21, 0xf3, 0x08};
    const QTensor<const int4, PerTensor<>, Shape<5>> tensor(cells, Shape<5>{});
    CHECK(tensor(0) == 1);
    CHECK(tensor(1) == 2);
    CHECK(tensor(2) == 3);
    CHECK(tensor(3) == -1);
    CHECK(tensor(4) == -8);
    STATIC_REQUIRE(std::is_same_v<decltype(tensor(0)), std::int8_t>);
    STATIC_REQUIRE(sizeof(QTensor<int4, Unscaled, Shape<3, 3>, Inline>{}.data()[0]) == 1);
    QTensor<uint4, Unscaled, Shape<3, 3>, Inline> nine;
    element<uint4>::store(nine.data(), 8, 15);  // the ninth nibble fits the fifth byte
    CHECK(nine(2, 2) == 15);
    CHECK(nine(2, 1) == 0);
}

TEST_CASE("An index beyond its extent is refused with both numbers", "[tensor]") {
    QTensor<std::int8_t, PerTensor<>, Shape<2, 3>, Inline> tensor;
    CHECK_THROWS_WITH(tensor(2, 0), StartsWith("an index is less than its extent (value 2, limit 2)"));
    CHECK_THROWS_WITH(tensor(0, 3), StartsWith("an index is less than its extent (value 3, limit 3)"));
    CHECK_THROWS_WITH(tensor(0, -1), StartsWith("an index is less than its extent (value -1, limit 3)"));
    CHECK_THROWS_WITH(std::as_const(tensor)(2, 2), StartsWith("an index is less than its extent (value 2, limit 2)"));
    CHECK_THROWS_AS(tensor.offset({0, 7}), PreconditionFailed);
    CHECK(tensor(1, 2) == 0);
    CHECK(tensor.offset({1, 2}) == 5);
    std::uint8_t byte = 0;
    const QTensor<int4, PerTensor<>, Shape<dyn>> packed(&byte, Shape{1});
    CHECK_THROWS_WITH(packed(1), StartsWith("an index is less than its extent (value 1, limit 1)"));
}

TEST_CASE("Something that views nothing is refused, and nothing may be viewed", "[tensor]") {
    using Contiguous = QTensor<std::int8_t, PerTensor<>, Shape<dyn>, View>;
    using Gapped = QTensor<std::int8_t, PerTensor<>, Shape<dyn>, Strided>;
    const char* sentence = "a view of something needs memory: the pointer is null (value 0, limit 0)";
    CHECK_THROWS_WITH(Contiguous(nullptr, Shape{1}), StartsWith(sentence));
    CHECK_THROWS_WITH(Gapped(nullptr, Shape{1}, {1}), StartsWith(sentence));
    CHECK(Contiguous(nullptr, Shape{0}).size() == 0);
    CHECK(Gapped(nullptr, Shape{0}, {1}).size() == 0);
}

TEST_CASE("As many channel scales as their axis is long", "[tensor]") {
    std::int8_t cells[12]{};
    using Rows = QTensor<std::int8_t, PerChannel<3>, Shape<dyn, dyn>, View>;
    using Columns = QTensor<std::int8_t, PerChannelAffine<3, 1>, Shape<dyn, dyn>, View>;
    using Gapped = QTensor<std::int8_t, PerChannel<3, 1>, Shape<dyn, dyn>, Strided>;
    using Holding = QTensor<std::int8_t, PerChannel<3>, Shape<dyn, dyn>, Owned>;
    const std::string sentence = "the number of channel scales differs from the extent of their axis ";
    CHECK_THROWS_WITH(Rows(cells, Shape{4, 3}), StartsWith(sentence + "(value 4, limit 3)"));
    CHECK_THROWS_WITH(Columns(cells, Shape{3, 4}), StartsWith(sentence + "(value 4, limit 3)"));
    CHECK_THROWS_WITH(Columns(cells, Shape{3, 2}), StartsWith(sentence + "(value 2, limit 3)"));
    CHECK_THROWS_WITH(Gapped(cells, Shape{3, 4}, {1, 1}), StartsWith(sentence + "(value 4, limit 3)"));
    CHECK_THROWS_WITH(Holding(Shape{4, 3}), StartsWith(sentence + "(value 4, limit 3)"));
    CHECK(Rows(cells, Shape{3, 4}).size() == 12);
    CHECK(Columns(cells, Shape{4, 3}).size() == 12);
    CHECK(Holding(Shape{3, 2}).size() == 6);
    const float scales[]{1.0f, 2.0f};
    const QTensor<std::int8_t, PerChannel<dyn>, Shape<dyn, dyn>, View> any(cells, Shape{2, 6}, {scales});
    CHECK(any.scale().scale(1) == 2.0f);
}

TEST_CASE("A view of a tensor shares its cells, shape and scale", "[tensor]") {
    QTensor<std::int8_t, Affine<>, Shape<2, 2>, Inline> owner(Shape<2, 2>{}, Affine{0.5f, 3});
    const auto writing = view(owner);
    STATIC_REQUIRE(std::is_same_v<decltype(view(owner)), QTensor<std::int8_t, Affine<>, Shape<2, 2>, View>>);
    writing(1, 1) = 42;
    CHECK(owner(1, 1) == 42);
    CHECK(writing.scale() == Affine{0.5f, 3});
    const auto& constant = owner;
    const auto reading = view(constant);
    STATIC_REQUIRE(std::is_same_v<decltype(view(constant)), QTensor<const std::int8_t, Affine<>, Shape<2, 2>, View>>);
    CHECK(reading.data() == owner.data());
    CHECK(reading(1, 1) == 42);
    std::int8_t cells[2]{1, 2};
    const auto of_view = view(QTensor<std::int8_t, Affine<>, Shape<2>, View>(cells, Shape<2>{}, Affine{2.0f, 1}));
    CHECK(of_view.data() == cells);
    CHECK(of_view.scale() == Affine{2.0f, 1});
}

TEST_CASE("A tensor is used in constant evaluation", "[tensor]") {
    constexpr auto tensor = [] {
        QTensor<std::int8_t, PerTensor<>, Shape<2, 2>, Inline> codes(Shape<2, 2>{}, PerTensor{0.5f});
        codes(0, 1) = 5;
        codes(1, 0) = -6;
        return codes;
    }();
    STATIC_REQUIRE(tensor(0, 1) == 5);
    STATIC_REQUIRE(tensor(1, 0) == -6);
    STATIC_REQUIRE(tensor.scale().scale() == 0.5f);
    STATIC_REQUIRE(tensor.strides() == std::array<std::ptrdiff_t, 2>{2, 1});
    STATIC_REQUIRE(tensor.offset({1, 1}) == 3);
}
