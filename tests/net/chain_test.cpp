// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/net/chain.hpp>

#include <string>

using namespace qtensor;

namespace {

struct Doubled {
    long value = -1;
    constexpr Doubled() = default;
    constexpr explicit Doubled(int from) : value(2L * from) {}
};
struct Negated {
    double value = -1;
    constexpr Negated() = default;
    constexpr explicit Negated(char from) : value(-static_cast<double>(from)) {}
};

struct Named : Chain<int, char> {
    using Chain<int, char>::Chain;
};

}  // namespace

static_assert(std::is_same_v<detail::nth<0, int, char, long>, int>);
static_assert(std::is_same_v<detail::nth<1, int, char, long>, char>);
static_assert(std::is_same_v<detail::nth<2, int, char, long>, long>);
static_assert(std::is_trivially_copyable_v<Chain<int, char, long>>);

TEST_CASE("a chain holds its parts in order", "[chain]") {
    constexpr Chain<int, char, long> chain(7, 'x', -3L);
    STATIC_REQUIRE(get<0>(chain) == 7);
    STATIC_REQUIRE(get<1>(chain) == 'x');
    STATIC_REQUIRE(get<2>(chain) == -3);
    STATIC_REQUIRE(std::is_same_v<decltype(get<1>(chain)), const char&>);

    Chain<int, char, long> other;
    CHECK(get<0>(other) == 0);
    CHECK(get<2>(other) == 0);
    get<2>(other) = 9;
    get<0>(other) = 5;
    STATIC_REQUIRE(std::is_same_v<decltype(get<2>(other)), long&>);
    CHECK(get<0>(other) == 5);
    CHECK(static_cast<int>(get<1>(other)) == 0);
    CHECK(get<2>(other) == 9);

    const auto copy = other;
    get<2>(other) = 1;
    CHECK(get<2>(copy) == 9);
}

TEST_CASE("a chain is made part by part from another one", "[chain]") {
    constexpr Chain<int, char, int> source(4, 'a', 6);
    constexpr Chain<Doubled, Negated, Doubled> made(source);
    STATIC_REQUIRE(get<0>(made).value == 8);
    STATIC_REQUIRE(get<1>(made).value == -97.0);
    STATIC_REQUIRE(get<2>(made).value == 12);

    constexpr Chain<Doubled, Negated> from_derived(Named(3, 'b'));
    STATIC_REQUIRE(get<0>(from_derived).value == 6);
    STATIC_REQUIRE(get<1>(from_derived).value == -98.0);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Chain<Doubled, Negated>, Chain<int>>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<Chain<int>, Chain<Doubled>>);
}

TEST_CASE("chains of one part, of chains, of nothing", "[chain]") {
    const Chain<std::string> one(std::string("text"));
    CHECK(get<0>(one) == "text");
    const Chain<Named> nested(Named(3, 'b'));
    CHECK(get<0>(get<0>(nested)) == 3);
    CHECK(get<1>(get<0>(nested)) == 'b');
    const Chain<Chain<Doubled, Negated>> made(nested);
    CHECK(get<0>(get<0>(made)).value == 6);
    STATIC_REQUIRE(std::is_empty_v<Chain<>>);
    STATIC_REQUIRE(std::is_default_constructible_v<Chain<>>);
}
