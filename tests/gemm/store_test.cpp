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

TEST_CASE("an int64 accumulator is stored by the scalar architecture") {
    std::int64_t cell = 0;
    store_cells<std::int64_t>(&cell, std::int64_t{1} << 40, 1);
    CHECK(cell == std::int64_t{1} << 40);
}
