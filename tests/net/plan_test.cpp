// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>

#include <vector>

#include "support/arches.hpp"
#include "support/guard_pages.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"
#include "support/watched_layer.hpp"

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

// Layers 1 and 3 write over their input: edges 0 and 1 share a place, and 2 and 3.
static_assert([] {
    constexpr std::array overwrites{false, true, false, true, false};
    constexpr std::size_t want[] = {0, 0, 1, 1, 2};
    for (std::size_t edge = 0; edge < 5; ++edge)
        if (edge_place(overwrites, edge) != want[edge]) return false;
    return true;
}());

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

namespace {

template <class L> using W = qtensor_test::Watched<L>;
using Image = Shape<6, 6, 8>;
/// Every kind of composition, layers with and without scratch, and some that write over their input.
using Mixed =
    Sequential<W<Conv2d<Shape<12, 12, 3>, 8, Kernel<3, 3, Stride<2>, Same>>>, W<LeakyRelu<Image>>,
               Residual<W<DepthwiseConv2d<Image, Kernel<3, 3, Same>>>, W<Lookup<Image, Gelu>>,
                        W<Conv2d<Image, 8, Kernel<3, 3, Same>>>>,
               Merge<Multiply, Relu, Sequential<W<Conv2d<Image, 8, Kernel<1, 1>>>, W<PRelu<Image>>>,
                     W<Conv2d<Image, 8, Kernel<1, 1>>>>,
               Concat<W<MaxPool2d<Image, Kernel<2, 2, Stride<2>>>>,
                      Sequential<W<Conv2d<Image, 4, Kernel<2, 2, Stride<2>>>>, W<FixedHardSwish<Shape<3, 3, 4>>>>>,
               W<Reshape<Shape<3, 3, 12>, Shape<9, 12>>>, W<LayerNorm<Shape<9, 12>>>, W<Lstm<9, 12, 7>>,
               W<Reshape<Shape<9, 7>, Shape<63>>>, W<Dense<63, 11>>, W<Softmax<Shape<11>>>>;

/// Parameters that make a network run: every scale 1/8, every weight drawn.
void make(auto& part, oracle::Random& random) {
    constexpr Affine<> s{0.125f, 1};
    if constexpr (requires { part.first; }) {
        make(part.first, random);
        if constexpr (requires { part.rest.first; }) make(part.rest, random);
        if constexpr (requires { part.output; }) part.output = s;
    } else {
        using L = typename std::remove_cvref_t<decltype(part)>::layer;
        part.input = part.output = s;
        if constexpr (requires { L::fixed_output(s); }) part.output = L::fixed_output(s);
        const auto fill = [&](auto& tensor) {
            auto scale = tensor.scale();
            if constexpr (requires { scale.values; }) {
                for (float& value : scale.values) value = 0.01f;
            }
            tensor = std::remove_cvref_t<decltype(tensor)>({}, scale);
            for (std::size_t i = 0; i < tensor.size(); ++i)
                tensor.data()[i] = static_cast<std::int8_t>(random.between(-127, 127));
        };
        if constexpr (requires { part.weights; }) fill(part.weights);
        if constexpr (requires { part.input_weights; }) fill(part.input_weights), fill(part.hidden_weights);
        if constexpr (requires { part.alpha; }) fill(part.alpha);
        if constexpr (requires { part.gain; }) part.gain.fill(1.0f);
    }
}

}  // namespace

TEST_CASE("No layer of a network touches what is alive beside it, between guard pages", "[plan]") {
    Mixed::Quantized codes;
    oracle::Random random(1);
    make(codes, random);
    for (const std::size_t batch : {1u, 3u}) {
        std::vector<std::int8_t> x(batch * 12 * 12 * 3), first;
        for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
        qtensor_test::ScalarAndBest::each([&]<class Arch>() {
            const auto net = pack<Arch>(codes);
            for (const auto flush : {qtensor_test::Flush::front, qtensor_test::Flush::back}) {
                qtensor_test::BetweenGuards<std::byte> arena(net.arena_bytes_for(batch), flush);
                std::vector<std::int8_t> y(batch * 11);
                qtensor_test::watch() = {arena.span()};
                net.run(x.data(), y.data(), batch, arena.span());
                INFO(Arch::name << ", batch " << batch);
                CHECK(qtensor_test::watch().complaint == "");
                CHECK(qtensor_test::watch().layers == 17);
                CHECK(qtensor_test::watch().in_place == 5);
                CHECK(arena.clean());
                if (first.empty()) first = y;
                CHECK(y == first);  // whatever was in scratch, and wherever the arena is
            }
        });
    }
}

TEST_CASE("A layer that writes over its input needs no place for its output", "[plan]") {
    using Big = Shape<8, 8, 16>;
    using Conv = Conv2d<Big, 16, Kernel<1, 1>>;
    STATIC_REQUIRE(Sequential<Conv, Lookup<Big, Tanh>, Conv>::arena_bytes<1, arch::scalar> == 1024);
    STATIC_REQUIRE(Sequential<Conv, Conv, Conv>::arena_bytes<1, arch::scalar> == 2048);
    // At the ends the other edge is the caller's: nothing may be written over the input.
    STATIC_REQUIRE(Sequential<Lookup<Big, Tanh>, Conv>::arena_bytes<2, arch::scalar> == 2048);
    STATIC_REQUIRE(Sequential<Conv, Lookup<Big, Tanh>>::arena_bytes<2, arch::scalar> == 2048);
    // The second edge lies at the back; what overwrites it stays there.
    STATIC_REQUIRE(Sequential<Conv, Conv, Lookup<Big, Tanh>, Softmax<Big>, Conv>::arena_bytes<1, arch::scalar> == 2048);
}
