// SPDX-License-Identifier: BSL-1.0
/// \file
/// Where operands lie: at every alignment between guard pages, nothing outside of them is read or written. And what is
/// no operand at all: a sentence, and nothing is written.

#include "support/catch.hpp"

#include <qtensor/qtensor.hpp>

#include <array>
#include <string>
#include <vector>

#include "support/arches.hpp"
#include "support/guarded_product.hpp"
#include "support/net_oracle.hpp"
#include "support/refused.hpp"

namespace {

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::Flush;
using qtensor_test::GuardedProduct;
using qtensor_test::ProductCase;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::Tally;

/// Around the tiles and panels of every architecture; strides and ends follow from the seed.
std::vector<ProductCase> twenty_shapes() {
    constexpr std::size_t sizes[][3] = {{1, 1, 1},   {1, 16, 4},  {1, 63, 64},  {1, 65, 33}, {2, 7, 130},
                                        {3, 64, 5},  {4, 17, 31}, {5, 33, 16},  {6, 64, 64}, {6, 15, 3},
                                        {7, 66, 65}, {8, 8, 8},   {9, 1, 70},   {11, 24, 9}, {12, 70, 7},
                                        {13, 48, 2}, {16, 2, 40}, {17, 31, 12}, {24, 9, 19}, {25, 5, 63}};
    std::vector<ProductCase> cases;
    for (const auto& [m, n, k] : sizes) cases.push_back({m, n, k, oracle::fills[cases.size() % 5], cases.size(), 0});
    return cases;
}

using Matrix = Shape<dyn, dyn>;
using XT = QTensor<const std::int8_t, PerTensor<>, Matrix>;
using YT = QTensor<std::int32_t, Product<PerTensor<>, PerTensor<>>, Matrix>;

struct NoWorkers {
    static std::size_t workers() { return 0; }
    template <class Body> void operator()(std::size_t, Body&&) const {}
};

}  // namespace

TEST_CASE("products of twenty shapes at all 64 alignments touch their operands alone") {
    const Affine<> to{0.31f, -11};
    qtensor_test::EveryArch::each([&]<class Arch>() {
        Tally tally;
        for (ProductCase of : twenty_shapes()) {
            for (std::size_t slack = 0; slack < 64; ++slack) {
                of.slack = slack;
                of.seed += 20;  // another end, other strides
                GuardedProduct<Arch, std::int8_t, std::int8_t, Affine<>, PerTensor<>> product(of);
                product.template run<std::int8_t>(
                    tally,
                    [&](std::size_t i, std::size_t j) {
                        return static_cast<std::int8_t>(oracle::tflite(
                            product.sum(i, j), product.x_scale(), product.w_scale(j), to.value, to.zero, -128, 127));
                    },
                    BindMemory{}, Requantize<std::int8_t>{to});
            }
        }
        tally.require_all_equal(20 * 64);
    });
}

TEST_CASE("wider results and operands at every alignment that they can have") {
    qtensor_test::EveryArch::each([&]<class Arch>() {
        Tally tally;
        for (ProductCase of : twenty_shapes()) {
            for (std::size_t slack = 0; slack < 64; slack += 4) {
                of.slack = slack;
                of.seed += 20;
                GuardedProduct<Arch, std::uint8_t, std::int8_t, Affine<>, PerTensor<>> product(of);
                product.template run<std::int32_t>(
                    tally, [&](std::size_t i, std::size_t j) { return static_cast<std::int32_t>(product.sum(i, j)); },
                    BindMemory{});
            }
        }
        tally.require_all_equal(20 * 16);
    });
}

TEST_CASE("memory that is not there, or that no machine has, is refused before anything is written") {
    const std::vector<std::int8_t> codes(12, 1);
    constexpr std::size_t huge = std::size_t{1} << 40;
    CHECK(says(refused([&] { XT(nullptr, Matrix(1, 1), PerTensor<>{1.0f}); }),
               "a view of something needs memory: the pointer is null"));
    CHECK(refused([&] { XT(nullptr, Matrix(0, 5), PerTensor<>{1.0f}); }) == "nothing was refused");
    CHECK(says(refused([&] { XT(codes.data(), Matrix(huge, huge), PerTensor<>{1.0f}); }),
               "the number of elements does not fit std::size_t"));
    qtensor_test::EveryArch::each([&]<class Arch>() {
        using Packed = packed_for<Arch, std::int8_t, XT>;
        BetweenGuards<std::byte> memory(Packed::bytes(4, 3), Flush::front);
        const XT w(codes.data(), Matrix(4, 3), PerTensor<>{1.0f});
        if (Packed::bytes(4, 3) > 0) {
            CHECK(says(refused([&] { Packed(w, memory.span().first(memory.size() - 1)); }),
                       "pack: the memory is smaller than PackedWeights::bytes(n, k)"));
            CHECK(says(refused([&] { Packed(w, {}); }), "pack: the memory is smaller than PackedWeights::bytes(n, k)"));
            CHECK(says(refused([&] { static_cast<void>(Packed::bytes(huge, huge)); }), "does not fit std::size_t"));
            BetweenGuards<std::byte> wide(Packed::bytes(4, 3) + 1, Flush::front);
            CHECK(says(refused([&] { Packed(w, wide.span().subspan(1)); }),
                       "pack: the memory must be aligned to 64 bytes (value 1, limit 0)"));
            CHECK(memory.clean());
        }
        const Packed packed(w, memory.span());
        const Linear linear(packed, PerTensor<>{1.0f});
        std::array<std::int32_t, 8> sums{};
        sums.fill(99);
        const auto untouched = sums;
        const XT x(codes.data(), Matrix(2, 3), PerTensor<>{1.0f});
        const YT y(sums.data(), Matrix(2, 4), linear.output_scale());
        const std::size_t bytes = linear.workspace_bytes(2, 3);
        alignas(64) std::array<std::byte, 4096> workspace{};
        if (bytes > 0) {
            const char* const small = "the workspace is smaller than workspace_bytes(m, k, workers)";
            CHECK(says(refused([&] { linear(x, y); }), small));
            CHECK(says(refused([&] { linear(x, y, std::span(workspace).first(bytes - 1)); }), small));
            CHECK(says(refused([&] { linear(x, y, std::span(workspace).subspan(1)); }),
                       "the workspace is aligned to 4 bytes (value 1, limit 0)"));
            CHECK(says(refused([&] { static_cast<void>(linear.workspace_bytes(huge, huge, huge)); }),
                       "does not fit std::size_t"));
        }
        CHECK(says(refused([&] { linear(x, y, workspace, NoWorkers{}); }),
                   "an executor has at least one worker: the thread that calls (value 0, limit 1)"));
        CHECK(sums == untouched);
        linear(x, y, workspace);
        CHECK(sums == std::array<std::int32_t, 8>{3, 3, 3, 3, 3, 3, 3, 3});
    });
}

TEST_CASE("a network without memory for its input, result or arena is refused before anything is written") {
    using Net = Sequential<Dense<3, 5, Relu>, Dense<5, 2>>;
    const Affine<> one{1.0f, 0};
    const Net::Quantized codes(Dense<3, 5, Relu>::quantized({}, one, one), Dense<5, 2>::quantized({}, one, one));
    const auto net = pack<arch::native>(codes);
    const std::int8_t x[] = {1, 2, 3};
    std::int8_t y[] = {9, 9};
    alignas(arena_alignment) std::array<std::byte, Net::arena_bytes<1> + 64> arena{};
    const std::int8_t* const no_input = nullptr;
    std::int8_t* const no_result = nullptr;
    const char* const null = "a network needs memory to read and to write: x or y is null";
    CHECK(says(refused([&] { net.run(no_input, y, 1, arena); }), null));
    CHECK(says(refused([&] { net.run(x, no_result, 1, arena); }), null));
    CHECK(refused([&] { net.run(no_input, no_result, 0, arena); }) == "nothing was refused");
    CHECK(says(refused([&] { net.run(x, y, 1, std::span(arena).first(Net::arena_bytes<1> - 1)); }),
               "the arena is smaller than arena_bytes for this batch"));
    CHECK(says(refused([&] { net.run(x, y, 1, std::span(arena).subspan(1)); }),
               "the arena is aligned to arena_alignment"));
    CHECK(says(refused([&] { net.run(x, y, 1, arena, NoWorkers{}); }), "an executor has at least one worker"));
    CHECK(says(refused([&] { net.run(x, y, dyn / 2, arena); }), "does not fit"));
    CHECK((y[0] == 9 && y[1] == 9));
    net.run(x, y, 1, arena);
    CHECK((y[0] == 0 && y[1] == 0));
}
