// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/overflow.hpp>

#include "support/catch.hpp"
#include "support/rounding_oracle.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

using namespace qtensor_test;
using Catch::Matchers::StartsWith;
using qtensor::int4;
using qtensor::int8_symmetric;
using qtensor::Ranged;
using qtensor::Saturate;
using qtensor::Trap;
using qtensor::uint4;
using qtensor::Wrap;

namespace {

struct Range {
    std::int64_t lowest;
    std::int64_t highest;
};

/// The ranges by hand, not by element<T>.
template <class T> constexpr Range range_of{};
template <> constexpr Range range_of<std::int8_t>{-128, 127};
template <> constexpr Range range_of<std::uint8_t>{0, 255};
template <> constexpr Range range_of<std::int16_t>{-32768, 32767};
template <> constexpr Range range_of<std::uint16_t>{0, 65535};
template <> constexpr Range range_of<std::int32_t>{-2147483648LL, 2147483647};
template <> constexpr Range range_of<std::uint32_t>{0, 4294967295};
template <> constexpr Range range_of<int8_symmetric>{-127, 127};
template <> constexpr Range range_of<Ranged<std::int8_t, -64, 63>>{-64, 63};
template <> constexpr Range range_of<Ranged<std::int16_t, 100, 105>>{100, 105};
template <> constexpr Range range_of<int4>{-8, 7};
template <> constexpr Range range_of<uint4>{0, 15};

std::vector<std::int64_t> wide_values(Range range) {
    std::vector<std::int64_t> values;
    for (std::int64_t x = -2000; x <= 2000; ++x) values.push_back(x);
    for (std::int64_t off = -3; off <= 3; ++off) {
        for (const std::int64_t center :
             {range.lowest, range.highest, std::int64_t{1} << 31, std::int64_t{1} << 32, std::int64_t{1} << 62}) {
            values.push_back(center + off);
            values.push_back(-center + off);
        }
    }
    Random random(34);
    for (int i = 0; i < 100000; ++i) values.push_back(random.int64() >> random.between(2, 62));
    return values;
}

}  // namespace

#define EVERY_ELEMENT                                                                                                  \
    std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t, int8_symmetric,               \
        (Ranged<std::int8_t, -64, 63>), (Ranged<std::int16_t, 100, 105>), int4, uint4

TEMPLATE_TEST_CASE("Saturation goes to the nearest value of the range", "[numeric][overflow]", EVERY_ELEMENT) {
    constexpr Range range = range_of<TestType>;
    Tally tally;
    for (const std::int64_t x : wide_values(range)) {
        const std::int64_t want = std::max(std::min(x, range.highest), range.lowest);
        tally.same(Saturate::narrow<TestType>(x), want, x);
    }
    tally.same(Saturate::narrow<TestType>(INT64_MIN), range.lowest, INT64_MIN);
    tally.same(Saturate::narrow<TestType>(INT64_MAX), range.highest, INT64_MAX);
    tally.require_all_equal(100000);
}

TEMPLATE_TEST_CASE("Wrapping counts around modulo the size of the range", "[numeric][overflow]", EVERY_ELEMENT) {
    constexpr Range range = range_of<TestType>;
    const int128 size = int128{range.highest} - range.lowest + 1;
    Tally tally;
    for (const std::int64_t x : wide_values(range)) {
        const int128 want = x - size * floor_divide(int128{x} - range.lowest, size);
        tally.same(Wrap::narrow<TestType>(x), static_cast<std::int64_t>(want), x);
    }
    tally.require_all_equal(100000);
}

TEMPLATE_TEST_CASE("Trapping lets the range through and nothing else", "[numeric][overflow]", EVERY_ELEMENT) {
    constexpr Range range = range_of<TestType>;
    for (const std::int64_t x : {range.lowest, range.lowest + 1, range.highest - 1, range.highest})
        CHECK(static_cast<std::int64_t>(Trap::narrow<TestType>(x)) == x);
    const std::string numbers =
        "(value " + std::to_string(range.highest + 1) + ", limit " + std::to_string(range.highest) + ")";
    CHECK_THROWS_WITH(Trap::narrow<TestType>(range.highest + 1),
                      StartsWith("a value is above the element's range (overflow policy Trap) " + numbers));
    const std::string below =
        "(value " + std::to_string(range.lowest - 1) + ", limit " + std::to_string(range.lowest) + ")";
    CHECK_THROWS_WITH(Trap::narrow<TestType>(range.lowest - 1),
                      StartsWith("a value is below the element's range (overflow policy Trap) " + below));
    CHECK_THROWS_AS(Trap::narrow<TestType>(INT64_MAX), PreconditionFailed);
    CHECK_THROWS_AS(Trap::narrow<TestType>(INT64_MIN), PreconditionFailed);
}

namespace {
struct NotAPolicy {
    template <class T> static constexpr std::int64_t narrow(std::int64_t wide) { return wide; }
};
struct ToZero {
    template <qtensor::IntegerElement T> static constexpr qtensor::value_of<T> narrow(std::int64_t) { return 0; }
};
}  // namespace

TEST_CASE("An overflow policy narrows an int64 to an element, also at compile time", "[numeric][overflow]") {
    using qtensor::OverflowPolicy;
    STATIC_REQUIRE(OverflowPolicy<Saturate>);
    STATIC_REQUIRE(OverflowPolicy<Wrap>);
    STATIC_REQUIRE(OverflowPolicy<Trap>);
    STATIC_REQUIRE(qtensor::detail::must_be_overflow_policy<Trap>());
    STATIC_REQUIRE(OverflowPolicy<ToZero>);
    STATIC_REQUIRE_FALSE(OverflowPolicy<NotAPolicy>);
    STATIC_REQUIRE_FALSE(OverflowPolicy<int>);
    STATIC_REQUIRE(Saturate::narrow<int8_symmetric>(-128) == -127);
    STATIC_REQUIRE(Saturate::narrow<int4>(100) == 7);
    STATIC_REQUIRE(Wrap::narrow<std::int8_t>(128) == -128);
    STATIC_REQUIRE(Wrap::narrow<std::int8_t>(-129) == 127);
    STATIC_REQUIRE(Wrap::narrow<int4>(8) == -8);
    STATIC_REQUIRE(Wrap::narrow<int8_symmetric>(128) == -127);
    STATIC_REQUIRE(Trap::narrow<uint4>(15) == 15);
    STATIC_REQUIRE(Saturate::narrow<std::int64_t>(INT64_MIN) == INT64_MIN);
    STATIC_REQUIRE(Trap::narrow<std::int64_t>(INT64_MAX) == INT64_MAX);
}
