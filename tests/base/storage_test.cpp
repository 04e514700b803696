// SPDX-License-Identifier: BSL-1.0
#include <qtensor/base/storage.hpp>

#include "support/catch.hpp"

#include <cstdint>

using qtensor::dyn;
using qtensor::Inline;
using qtensor::row_major_strides;
using qtensor::Shape;
using qtensor::Strided;
using qtensor::View;

TEST_CASE("Storage policies say whether cells are gapless and whose they are", "[base][storage]") {
    STATIC_REQUIRE((Inline::contiguous && Inline::owning));
    STATIC_REQUIRE((View::contiguous && !View::owning));
    STATIC_REQUIRE((!Strided::contiguous && !Strided::owning));
}

TEST_CASE("Inline storage holds its cells, zero at first", "[base][storage]") {
    using Handle = Inline::handle<std::int16_t, 5, 2>;
    STATIC_REQUIRE(sizeof(Handle) == 10);
    constexpr Handle zero{};
    for (int i = 0; i < 5; ++i) CHECK(zero.data()[i] == 0);
    Handle original{};
    original.data()[4] = 7;
    Handle copy = original;
    copy.data()[4] = 8;
    CHECK(original.data()[4] == 7);  // a copy is another tensor
    CHECK(copy.data()[4] == 8);
    STATIC_REQUIRE(std::is_same_v<decltype(original.data()), std::int16_t*>);
    STATIC_REQUIRE(std::is_same_v<decltype(zero.data()), const std::int16_t*>);
}

TEST_CASE("Views point at the caller's cells, which stay writable through a const view", "[base][storage]") {
    std::int8_t cells[3]{1, 2, 3};
    const View::handle<std::int8_t, 0, 1> view{cells};
    const View::handle<std::int8_t, 0, 1> copy = view;
    copy.data()[1] = 9;
    CHECK(cells[1] == 9);
    CHECK(view.data() == cells);
    CHECK(View::handle<std::int8_t, 0, 1>{}.data() == nullptr);
    STATIC_REQUIRE(sizeof(view) == sizeof(void*));

    const Strided::handle<std::int8_t, 0, 2> strided{cells + 2, {-1, 0}};
    CHECK(strided.data() == cells + 2);
    CHECK(strided.strides[0] == -1);
    CHECK(strided.strides[1] == 0);
}

TEST_CASE("Row-major strides count the elements of the axes behind", "[base][storage]") {
    using Strides3 = std::array<std::ptrdiff_t, 3>;
    STATIC_REQUIRE(row_major_strides(Shape<2, 3, 5>{}) == Strides3{15, 5, 1});
    STATIC_REQUIRE(row_major_strides(Shape{7, 1, 4}) == Strides3{4, 4, 1});
    STATIC_REQUIRE(row_major_strides(Shape<dyn, 6>(9)) == std::array<std::ptrdiff_t, 2>{6, 1});
    STATIC_REQUIRE(row_major_strides(Shape<8>{}) == std::array<std::ptrdiff_t, 1>{1});
    STATIC_REQUIRE(row_major_strides(Shape<>{}).empty());
    STATIC_REQUIRE(row_major_strides(Shape<2, 0, 5>{}) == Strides3{0, 5, 1});
}
