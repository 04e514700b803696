// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/channel_table.hpp>

#include <array>

#include "support/arches.hpp"
#include "support/guard_pages.hpp"
#include "support/refused.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::Flush;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::Tally;

std::int32_t number(std::size_t word, std::size_t channel) {
    return static_cast<std::int32_t>(1000 * word + channel) - 7;
}

/// Reads every lane of every cell of a table with `channels` channels and compares it with what was written.
template <class Arch, std::size_t Words, class Table>
void read_all(const Table& table, std::size_t channels, bool one_for_all, Tally& tally) {
    using V = lanes<std::int32_t, Arch>;
    constexpr std::size_t width = lane::width<V>;
    for (std::size_t column = 0; column < channels; column += width) {
        const std::array<V, Words> words = table.template load<V>(Cell{0, column, channels - column});
        for (std::size_t word = 0; word < Words; ++word) {
            std::int32_t values[width];
            lane::store(values, words[word], width);
            for (std::size_t i = 0; i < width && column + i < channels; ++i) {
                tally.same(values[i], number(word, one_for_all ? 0 : column + i), word, column + i);
            }
        }
    }
}

template <std::size_t Words, std::size_t N> void static_table() {
    ChannelTable<Words, N> table(N, nullptr);
    for (std::size_t word = 0; word < Words; ++word) {
        for (std::size_t c = 0; c < N; ++c) table.at(word, c) = number(word, c);
    }
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() { read_all<Arch, Words>(table, N, false, tally); });
    tally.require_all_equal(static_cast<long long>(Words * N));
}

struct Columns {
    static constexpr int axis = 1;
    float scale(std::size_t) const { return 1.0f; }
};
struct One {
    static constexpr int axis = per_tensor;
    float scale(std::size_t) const { return 1.0f; }
};

}  // namespace

TEST_CASE("a table of a static number of channels keeps its words and may be read by whole registers") {
    static_table<1, 1>();
    static_table<2, 2>();
    static_table<2, 15>();
    static_table<2, 16>();
    static_table<3, 17>();
    static_table<1, 40>();
}

TEST_CASE("a table of one channel is the same word in every lane") {
    ChannelTable<2, 1> table(1, nullptr);
    table.at(0, 0) = number(0, 0);
    table.at(1, 0) = number(1, 0);
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() { read_all<Arch, 2>(table, 50, true, tally); });
    tally.require_all_equal(100);
}

TEST_CASE("a table of a run-time number of channels lives in the caller's memory and reads no word beyond it") {
    for (std::size_t channels : {1u, 2u, 7u, 8u, 9u, 15u, 16u, 17u, 33u}) {
        for (const Flush flush : {Flush::front, Flush::back}) {
            BetweenGuards<std::int32_t> words(2 * channels, flush);
            BindMemory memory(words.data(), words.size());
            ChannelTable<2, dyn> table(channels, &memory);
            for (std::size_t word = 0; word < 2; ++word) {
                for (std::size_t c = 0; c < channels; ++c) table.at(word, c) = number(word, c);
            }
            CHECK(words[channels] == number(1, 0));
            Tally tally;
            qtensor_test::EveryArch::each([&]<class Arch>() { read_all<Arch, 2>(table, channels, false, tally); });
            tally.require_all_equal(static_cast<long long>(2 * channels));
            CHECK(words.clean());
        }
    }
}

TEST_CASE("a run-time table without enough memory is refused") {
    using Table = ChannelTable<2, dyn>;
    CHECK(says(refused([] { Table(3, nullptr); }),
               "binding scales per channel of a run-time shape needs memory: pass BindMemory (value 3, limit 0)"));
    std::int32_t words[6]{};
    BindMemory five(words, 5);
    CHECK(says(refused([&] { Table(3, &five); }),
               "needs one word per channel and constant: pass BindMemory (value 6, limit 5)"));
    BindMemory six(words, 6);
    CHECK(refused([&] { Table(3, &six); }) == "nothing was refused");
    BindMemory any(words, 6);
    CHECK(says(refused([&] { Table(static_cast<std::size_t>(-1) / 2 + 1, &any); }),
               "the number of elements does not fit std::size_t"));
}

TEST_CASE("a scale per tensor needs one channel, a scale per column as many as there are columns") {
    STATIC_REQUIRE(table_channels<Incoming<std::int32_t, 9, One>> == 1);
    STATIC_REQUIRE(table_channels<Incoming<std::int32_t, dyn, One>> == 1);
    STATIC_REQUIRE(table_channels<Incoming<std::int32_t, 9, Columns>> == 9);
    STATIC_REQUIRE(table_channels<Incoming<std::int32_t, dyn, Columns>> == dyn);
}
