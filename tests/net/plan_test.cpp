// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/net/plan.hpp>

#include <vector>

#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;

// By hand, 64 bytes a unit: the largest of input + output + scratch, each rounded up on its own.
static_assert(plan_bytes(std::array{PlanStep{0, 0, 0}}) == 0);
static_assert(plan_bytes(std::array{PlanStep{0, 0, 1}}) == 64);
static_assert(plan_bytes(std::array{PlanStep{0, 64, 64}}) == 128);
static_assert(plan_bytes(std::array{PlanStep{1, 1, 1}}) == 192);
static_assert(plan_bytes(std::array{PlanStep{65, 63, 64}}) == 256);
static_assert(plan_bytes(std::array{PlanStep{0, 100, 0}, PlanStep{100, 10, 0}, PlanStep{10, 0, 500}}) == 576);
static_assert(plan_bytes(std::array{PlanStep{0, 1000, 1}, PlanStep{1000, 10, 0}}) == 1088);
static_assert(plan_bytes(std::array{PlanStep{0, 10, 0}, PlanStep{10, 1000, 65}, PlanStep{1000, 0, 0}}) == 1216);
static_assert(plan_bytes(std::array<PlanStep, 0>{}) == 0);

static_assert(arena_alignment == 64);
static_assert(arena_round(0) == 0 && arena_round(1) == 64 && arena_round(64) == 64 && arena_round(65) == 128);

// Even edges at the front, odd ones at the back.
static_assert(edge_offset(0, 100, 576) == 0 && edge_offset(2, 10, 576) == 0);
static_assert(edge_offset(1, 10, 576) == 512 && edge_offset(1, 64, 576) == 512 && edge_offset(3, 65, 576) == 448);
static_assert(edge_offset(1, 0, 576) == 576 && edge_offset(1, 576, 576) == 0);

TEST_CASE("in a planned arena the edges and the scratch of a layer are apart and aligned", "[plan]") {
    std::uint64_t state = 1;
    const auto random = [&](std::size_t below) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return static_cast<std::size_t>(state >> 33) % below;
    };
    int touching = 0;
    for (int round = 0; round < 2000; ++round) {
        std::array<std::size_t, 4> edges{};  // behind layers 0 ... 3; a fifth layer writes the caller's output
        for (std::size_t& bytes : edges) bytes = random(4) == 0 ? random(3) * 64 : random(300);
        std::array<PlanStep, 5> steps{};
        for (std::size_t i = 0; i < 5; ++i)
            steps[i] = {i == 0 ? 0 : edges[i - 1], i == 4 ? 0 : edges[i], random(3) == 0 ? 0 : random(200)};
        const std::size_t total = plan_bytes(steps);
        REQUIRE(total % 64 == 0);
        std::size_t needed = 0;
        for (std::size_t i = 0; i < 5; ++i) {
            const std::size_t sum =
                (steps[i].input + 63) / 64 * 64 + (steps[i].output + 63) / 64 * 64 + (steps[i].scratch + 63) / 64 * 64;
            needed = sum > needed ? sum : needed;
            if (i == 0 || i == 4) continue;
            const std::size_t in = edge_offset(i - 1, edges[i - 1], total), out = edge_offset(i, edges[i], total);
            REQUIRE(in % 64 == 0);
            REQUIRE(out % 64 == 0);
            REQUIRE(in + edges[i - 1] <= total);
            REQUIRE(out + edges[i] <= total);
            REQUIRE((in + edges[i - 1] <= out || out + edges[i] <= in));
            const std::size_t gap =
                in < out ? out - (in + (edges[i - 1] + 63) / 64 * 64) : in - (out + (edges[i] + 63) / 64 * 64);
            REQUIRE(gap >= (steps[i].scratch + 63) / 64 * 64);
            touching += gap == (steps[i].scratch + 63) / 64 * 64 ? 1 : 0;
        }
        REQUIRE(total == needed);
    }
    CHECK(touching > 100);  // the plan has no byte to spare in its largest step
}

TEST_CASE("a size that does not fit is refused, never a small number", "[plan]") {
    constexpr std::size_t half = std::size_t{1} << 63;
    CHECK(says(refused([] { static_cast<void>(arena_round(static_cast<std::size_t>(-1))); }), "does not fit"));
    CHECK(says(refused([] { static_cast<void>(plan_bytes(std::array{PlanStep{half, half, 0}})); }), "does not fit"));
    CHECK(says(refused([] { static_cast<void>(plan_bytes(std::array{PlanStep{half, 0, half}})); }), "does not fit"));
}
