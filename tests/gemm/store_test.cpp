// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/store.hpp>

#include <bit>
#include <vector>

#include "support/arches.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Tally;

template <class E> long long bits_of(const E& cell) {
    if constexpr (std::same_as<E, float16> || std::same_as<E, bfloat16>) {
        return cell.bits;
    } else if constexpr (std::same_as<E, float>) {
        return std::bit_cast<std::uint32_t>(cell);
    } else {
        return cell;
    }
}

/// Stores `count` of the values that a register holds, for every count; nothing behind them may change.
template <class E, class Arch, class Value> void store_all(const std::vector<Value>& values, E canary, Tally& tally) {
    using V = lanes<Value, Arch>;
    constexpr std::size_t width = lane::width<V>;
    for (std::size_t first = 0; first + width <= values.size(); first += width) {
        const V register_of_values = lane::load<V>(values.data() + first, width);
        for (std::size_t count = 1; count <= width + 3; ++count) {
            std::vector<E> cells(width + 8, canary);
            store_cells<E>(cells.data(), register_of_values, count);
            for (std::size_t i = 0; i < cells.size(); ++i) {
                const bool written = i < count && i < width;
                const E want = written ? static_cast<E>(values[first + i]) : canary;
                tally.same(bits_of(cells[i]), bits_of(want), count, i);
            }
        }
    }
}

/// Whole registers of codes of every size, placed at both ends of the element and inside; nothing behind them changes.
template <class E, class Arch, std::size_t N> void store_placed(Tally& tally) {
    using V = lanes<std::int32_t, Arch>;
    using Byte = cell_of<E>;
    constexpr std::size_t width = lane::width<V>;
    const std::int32_t lowest = element<E>::lowest, highest = element<E>::highest;
    const CodeRange ranges[] = {{0, lowest, highest},       {lowest, lowest, highest},
                                {highest, lowest, highest}, {lowest / 2 + 3, lowest + 9, highest},
                                {7, lowest, highest - 30},  {highest, lowest + 60, lowest + 61}};
    const std::int32_t ends[] = {INT32_MIN, INT32_MAX, -32769, -32768, 32767, 32768, -256, 255, -1, 0};
    for (const CodeRange& range : ranges) {
        for (std::int32_t round = 0; round < 40; ++round) {
            std::int32_t codes[N * width];
            for (std::size_t i = 0; i < N * width; ++i) {
                const auto at = static_cast<std::int32_t>(i);
                codes[i] = round % 4 == 0 ? ends[(i + static_cast<std::size_t>(round)) % 10]
                                          : (at * 37 + round * 101) % 600 - 300;
            }
            std::vector<Byte> cells(N * width + 8, Byte{77});
            Unplaced<V> registers[N];
            for (std::size_t j = 0; j < N; ++j) registers[j] = {lane::load<V>(codes + j * width, width), range};
            store_codes<E>(cells.data(), registers);
            for (std::size_t i = 0; i < cells.size(); ++i) {
                const std::int64_t sum = i < N * width ? std::int64_t{codes[i]} + range.zero_point : 77;
                const std::int64_t held = sum < range.lowest ? range.lowest : sum > range.highest ? range.highest : sum;
                tally.same(cells[i], i < N * width ? held : 77, round, i);
            }
        }
    }
}

std::vector<std::int32_t> integers(std::int32_t lowest, std::int32_t highest) {
    std::vector<std::int32_t> values(64);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto at = static_cast<std::int64_t>(i);
        values[i] = static_cast<std::int32_t>(i % 2 == 0 ? lowest + at * 3 : highest - at * 5);
    }
    return values;
}

std::vector<float> reals() {
    std::vector<float> values(64);
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] =
            (i % 2 == 0 ? 1.0f : -1.0f) * std::bit_cast<float>(0x38800000u + static_cast<std::uint32_t>(i) * 0x123456u);
    }
    values[5] = 65504.0f;
    values[6] = 65520.0f;     // float16: infinity
    values[7] = 1.00390625f;  // bfloat16: a tie
    return values;
}

}  // namespace

TEST_CASE("values become cells of the element type, and no cell behind the last is touched") {
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        store_all<std::int8_t, Arch>(integers(-128, 127), std::int8_t{77}, tally);
        store_all<std::uint8_t, Arch>(integers(0, 255), std::uint8_t{77}, tally);
        store_all<std::int16_t, Arch>(integers(-32768, 32767), std::int16_t{777}, tally);
        store_all<std::uint16_t, Arch>(integers(0, 65535), std::uint16_t{777}, tally);
        store_all<std::int32_t, Arch>(integers(INT32_MIN, INT32_MAX), std::int32_t{777}, tally);
        store_all<float, Arch>(reals(), 7.5f, tally);
        store_all<float16, Arch>(reals(), float16(7.5f), tally);
        store_all<bfloat16, Arch>(reals(), bfloat16(7.5f), tally);
    });
    tally.require_all_equal(1000);
}

TEST_CASE("codes are placed while they are narrowed: the zero point is added, and every int32 ends inside the limits") {
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        if constexpr (!std::same_as<Arch, arch::scalar>) {
            store_placed<std::int8_t, Arch, 4>(tally);
            store_placed<std::uint8_t, Arch, 4>(tally);
            store_placed<int8_symmetric, Arch, 2>(tally);
            store_placed<std::uint8_t, Arch, 2>(tally);
            store_placed<std::int8_t, Arch, 3>(tally);
            store_placed<std::int16_t, Arch, 4>(tally);
        }
    });
    if (!std::same_as<arch::native, arch::scalar>) tally.require_all_equal(1000);
}

TEST_CASE("an int64 accumulator is stored by the scalar architecture") {
    std::int64_t cell = 0;
    store_cells<std::int64_t>(&cell, std::int64_t{1} << 40, 1);
    CHECK(cell == std::int64_t{1} << 40);
}
