// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/element.hpp>

#include "support/catch.hpp"
#include "support/tally.hpp"

#include <array>

using namespace qtensor;

namespace {

template <class T> constexpr bool has_range(std::int64_t lowest, std::int64_t highest) {
    return element<T>::lowest == lowest && element<T>::highest == highest;
}

struct NotAnElement {};

}  // namespace

TEST_CASE("An element type knows its values", "[numeric][element]") {
    STATIC_REQUIRE(has_range<std::int8_t>(-128, 127));
    STATIC_REQUIRE(qtensor::detail::must_be_element<std::int8_t>() && qtensor::detail::must_be_integer_element<int4>());
    STATIC_REQUIRE(qtensor::detail::must_be_real_element<float16>());
    STATIC_REQUIRE(has_range<std::uint8_t>(0, 255));
    STATIC_REQUIRE(has_range<std::int16_t>(-32768, 32767));
    STATIC_REQUIRE(has_range<std::uint16_t>(0, 65535));
    STATIC_REQUIRE(has_range<std::int32_t>(-2147483648LL, 2147483647));
    STATIC_REQUIRE(has_range<std::uint32_t>(0, 4294967295));
    STATIC_REQUIRE(has_range<std::int64_t>(INT64_MIN, INT64_MAX));
    STATIC_REQUIRE(has_range<int8_symmetric>(-127, 127));
    STATIC_REQUIRE(has_range<int4>(-8, 7));
    STATIC_REQUIRE(has_range<uint4>(0, 15));
    STATIC_REQUIRE((has_range<Ranged<std::int8_t, -64, 63>>(-64, 63)));
    STATIC_REQUIRE((has_range<Ranged<std::uint16_t, 3, 3>>(3, 3)));
    STATIC_REQUIRE(has_range<const std::int8_t>(-128, 127));
    STATIC_REQUIRE(has_range<const int4>(-8, 7));
}

TEST_CASE("An element type knows how it is stored and what arithmetic sees", "[numeric][element]") {
    STATIC_REQUIRE(std::is_same_v<value_of<std::int8_t>, std::int8_t>);
    STATIC_REQUIRE(std::is_same_v<value_of<int8_symmetric>, std::int8_t>);
    STATIC_REQUIRE(std::is_same_v<value_of<const std::uint16_t>, std::uint16_t>);
    STATIC_REQUIRE(std::is_same_v<value_of<int4>, std::int8_t>);
    STATIC_REQUIRE(std::is_same_v<value_of<uint4>, std::int8_t>);
    STATIC_REQUIRE(std::is_same_v<value_of<float16>, float16>);
    STATIC_REQUIRE(std::is_same_v<cell_of<std::int8_t>, std::int8_t>);
    STATIC_REQUIRE(std::is_same_v<cell_of<const std::int8_t>, const std::int8_t>);
    STATIC_REQUIRE(std::is_same_v<cell_of<int4>, std::uint8_t>);
    STATIC_REQUIRE(std::is_same_v<cell_of<const uint4>, const std::uint8_t>);
    STATIC_REQUIRE(std::is_same_v<cell_of<Ranged<std::int16_t, 0, 9>>, std::int16_t>);
    STATIC_REQUIRE(std::is_same_v<cell_of<const float>, const float>);
    STATIC_REQUIRE(element<std::int32_t>::per_cell == 1);
    STATIC_REQUIRE(element<int4>::per_cell == 2);
    STATIC_REQUIRE(element<float>::per_cell == 1);
}

TEST_CASE("Integers, real numbers and other types are told apart", "[numeric][element]") {
    STATIC_REQUIRE((IntegerElement<std::int8_t> && Element<std::int8_t> && !RealElement<std::int8_t>));
    STATIC_REQUIRE((IntegerElement<int4> && Element<int4> && !RealElement<int4>));
    STATIC_REQUIRE((IntegerElement<int8_symmetric> && IntegerElement<const int8_symmetric>));
    STATIC_REQUIRE((RealElement<float> && Element<float> && !IntegerElement<float>));
    STATIC_REQUIRE((RealElement<double> && RealElement<float16> && RealElement<bfloat16>));
    STATIC_REQUIRE((RealElement<const float16> && !IntegerElement<bfloat16>));
    STATIC_REQUIRE((!Element<NotAnElement> && !IntegerElement<NotAnElement> && !RealElement<NotAnElement>));
    STATIC_REQUIRE((!Element<void> && !Element<int*>));
    STATIC_REQUIRE((Element<std::int64_t> && Element<std::uint32_t>));
    STATIC_REQUIRE((!Element<std::uint64_t> && !Element<bool>));  // bounds are int64; a bool is no number
}

TEST_CASE("A narrower range than the cells have is a promise", "[numeric][element]") {
    STATIC_REQUIRE(promises_range<int8_symmetric>);
    STATIC_REQUIRE(promises_range<Ranged<std::int8_t, -128, 126>>);
    STATIC_REQUIRE(promises_range<Ranged<std::uint8_t, 1, 255>>);
    STATIC_REQUIRE_FALSE(promises_range<Ranged<std::int8_t, -128, 127>>);
    STATIC_REQUIRE_FALSE(promises_range<std::int8_t>);
    STATIC_REQUIRE_FALSE(promises_range<int4>);
    STATIC_REQUIRE_FALSE(promises_range<float>);
}

TEST_CASE("Two nibbles share a byte, the first in its lower half", "[numeric][element]") {
    std::array<std::uint8_t, 3> cells{};
    element<int4>::store(cells.data(), 0, 3);
    element<int4>::store(cells.data(), 1, -1);
    element<int4>::store(cells.data(), 2, -8);
    element<int4>::store(cells.data(), 3, 7);
    element<int4>::store(cells.data(), 5, -2);
    CHECK(cells[0] == 0xf3);
    CHECK(cells[1] == 0x78);
    CHECK(cells[2] == 0xe0);
    const std::uint8_t bytes[2]{0x9c, 0x07};
    CHECK(element<int4>::load(bytes, 0) == -4);
    CHECK(element<int4>::load(bytes, 1) == -7);
    CHECK(element<int4>::load(bytes, 2) == 7);
    CHECK(element<int4>::load(bytes, 3) == 0);
    CHECK(element<uint4>::load(bytes, 0) == 12);
    CHECK(element<uint4>::load(bytes, 1) == 9);
    using Low = Nibble<-2, 1>;
    CHECK(element<Low>::load(bytes, 0) == -4);  // 0xc is above Highest, so it is 12 - 16
    STATIC_REQUIRE([] {
        std::array<std::uint8_t, 1> cell{};
        element<int4>::store(cell.data(), 1, -5);
        element<int4>::store(cell.data(), 0, 6);
        return cell[0] == 0xb6 && element<int4>::load(cell.data(), 1) == -5;
    }());
}

TEST_CASE("Storing a nibble leaves the other one alone", "[numeric][element]") {
    qtensor_test::Tally tally;
    for (int before = 0; before < 256; ++before) {
        for (int value = -8; value < 16; ++value) {
            for (std::size_t i = 0; i < 2; ++i) {
                std::array<std::uint8_t, 3> cells{0x5a, static_cast<std::uint8_t>(before), 0xa5};
                const std::int8_t code = static_cast<std::int8_t>(value);
                if (value < 8)
                    element<int4>::store(cells.data(), 2 + i, code);
                else
                    element<uint4>::store(cells.data(), 2 + i, code);
                const int nibble = value < 0 ? value + 16 : value;
                const int want = i == 0 ? before / 16 * 16 + nibble : nibble * 16 + before % 16;
                tally.same(cells[1], want, before, value, i);
                tally.same(cells[0] * 256 + cells[2], 0x5aa5, before, value, i);
                const auto back =
                    value < 8 ? element<int4>::load(cells.data(), 2 + i) : element<uint4>::load(cells.data(), 2 + i);
                tally.same(back, value, before, i);
            }
        }
    }
    tally.require_all_equal(256 * 24 * 2 * 3);
}

TEST_CASE("Whole-byte elements are loaded and stored by index", "[numeric][element]") {
    std::array<std::int16_t, 3> cells{1, 2, 3};
    element<std::int16_t>::store(cells.data(), 1, -300);
    CHECK(cells == std::array<std::int16_t, 3>{1, -300, 3});
    CHECK(element<std::int16_t>::load(cells.data(), 2) == 3);
    CHECK(element<Ranged<std::int16_t, -300, 300>>::load(cells.data(), 1) == -300);
    std::array<float16, 2> halves{float16(1.0f), float16(2.0f)};
    element<float16>::store(halves.data(), 0, float16(-4.0f));
    CHECK(halves[0].bits == 0xc400);
    CHECK(element<float16>::load(halves.data(), 1).bits == 0x4000);
    std::array<double, 2> reals{1.5, 2.5};
    element<double>::store(reals.data(), 1, -0.1);
    CHECK(element<double>::load(reals.data(), 1) == -0.1);
}

TEST_CASE("An odd number of nibbles takes a cell more", "[numeric][element]") {
    STATIC_REQUIRE(cells_for<int4>(0) == 0);
    STATIC_REQUIRE(cells_for<int4>(1) == 1);
    STATIC_REQUIRE(cells_for<int4>(2) == 1);
    STATIC_REQUIRE(cells_for<uint4>(7) == 4);
    STATIC_REQUIRE(cells_for<std::int8_t>(7) == 7);
    STATIC_REQUIRE(cells_for<float>(0) == 0);
    STATIC_REQUIRE(cells_for<int4>(SIZE_MAX) == SIZE_MAX / 2 + 1);
}
