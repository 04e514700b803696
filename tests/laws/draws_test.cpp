// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/laws/draws.hpp>

#include <set>

namespace {
using namespace qtensor;
}

// The first words of seed 1234567, as Vigna's splitmix64.c prints them (https://prng.di.unimi.it/splitmix64.c).
static_assert([] {
    Draws draws(1234567);
    return draws.word() == 6457827717110365317u && draws.word() == 3203168211198807973u &&
           draws.word() == 9817491932198370423u;
}());

TEST_CASE("draws stay inside and reach both ends") {
    Draws draws(1);
    std::set<std::int64_t> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(draws.between(-3, 4));
    CHECK(seen == std::set<std::int64_t>{-3, -2, -1, 0, 1, 2, 3, 4});
    std::int64_t lowest = 0, highest = 0;
    int small = 0;
    for (int i = 0; i < 10000; ++i) {
        const std::int64_t value = draws.any_size(2147483647);
        CHECK((value >= -2147483647 && value <= 2147483647));
        lowest = value < lowest ? value : lowest;
        highest = value > highest ? value : highest;
        small += value > -1000 && value < 1000 ? 1 : 0;
    }
    CHECK(lowest == -2147483647);
    CHECK(highest == 2147483647);
    CHECK(small > 2000);
    CHECK(small < 8000);
}

TEST_CASE("codes reach both ends of their type, reals stay below one") {
    Draws draws(2);
    std::set<int> codes;
    for (int i = 0; i < 20000; ++i) codes.insert(draws.code<std::int8_t>());
    CHECK(codes.size() == 256);
    double sum = 0.0;
    for (int i = 0; i < 10000; ++i) {
        const float x = draws.real();
        CHECK((x >= -1.0f && x < 1.0f));
        sum += static_cast<double>(x);
    }
    CHECK(sum / 10000.0 > -0.03);
    CHECK(sum / 10000.0 < 0.03);
}
