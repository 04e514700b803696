// SPDX-License-Identifier: BSL-1.0
#include <qtensor/base/concepts.hpp>

#include "support/catch.hpp"

#include <string_view>

namespace {

template <class T>
concept OneByte = sizeof(T) == 1 || qtensor::unsatisfied<"this type has more than one byte">();

template <class T> constexpr int chosen() { return 1; }
template <OneByte T> constexpr int chosen() { return 2; }

template <qtensor::Sentence What> constexpr std::string_view text() { return {What.text, sizeof(What.text) - 1}; }

}  // namespace

TEST_CASE("A sentence keeps every character of its literal and the zero behind them", "[base][concepts]") {
    constexpr qtensor::Sentence sentence("write PerTensor{s}");
    STATIC_REQUIRE(sizeof(sentence.text) == 19);
    STATIC_REQUIRE(std::string_view(sentence.text) == "write PerTensor{s}");
    STATIC_REQUIRE(sentence.text[18] == '\0');
    STATIC_REQUIRE(text<"a type argument">() == "a type argument");
    STATIC_REQUIRE(text<"">() == "");
}

TEST_CASE("A sentence never satisfies anything", "[base][concepts]") {
    STATIC_REQUIRE_FALSE(qtensor::unsatisfied<"never">());
    STATIC_REQUIRE_FALSE(qtensor::unsatisfied<"">());
    STATIC_REQUIRE_FALSE(qtensor::never<>);
    STATIC_REQUIRE_FALSE(qtensor::never<int>);
    STATIC_REQUIRE_FALSE(qtensor::never<int, void>);
}

TEST_CASE("A concept with a sentence holds for what it names and nothing else", "[base][concepts]") {
    STATIC_REQUIRE(OneByte<char>);
    STATIC_REQUIRE_FALSE(OneByte<int>);
    STATIC_REQUIRE(chosen<char>() == 2);  // and it is more constrained than no concept
    STATIC_REQUIRE(chosen<int>() == 1);
}
