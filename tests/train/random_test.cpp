// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/train/random.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

using namespace qtensor;

TEST_CASE("random: SplitMix64 as published") {
    // The first outputs for the seed 1234567 (Vigna's splitmix64.c), their upper halves.
    Random random(1234567);
    for (const std::uint64_t wanted : {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                       4593380528125082431u, 16408922859458223821u})
        CHECK(random.next() == static_cast<std::uint32_t>(wanted >> 32));
}

TEST_CASE("random: ranges, moments, orders") {
    Random random(3);
    std::array<int, 7> seen{};
    double sum = 0.0, squares = 0.0;
    int outside = 0;
    for (int i = 0; i < 70000; ++i) {
        ++seen[random.below(7)];
        const float value = random.between(-2.0f, 3.0f);
        outside += value < -2.0f || value > 3.0f;
        const auto normal = static_cast<double>(random.normal());
        sum += normal;
        squares += normal * normal;
    }
    CHECK(outside == 0);
    for (const int count : seen) CHECK(std::abs(count - 10000) < 500);
    CHECK(std::fabs(sum / 70000) < 0.02);
    CHECK(std::fabs(squares / 70000 - 1.0) < 0.03);
    CHECK(random.below(0) == 0);
    CHECK(random.below(1) == 0);

    std::vector<int> order(50);
    std::iota(order.begin(), order.end(), 0);
    const std::vector<int> before = order;
    random.shuffle(std::span(order));
    CHECK(order != before);
    std::sort(order.begin(), order.end());
    CHECK(order == before);
    random.shuffle(std::span<int>());
}
