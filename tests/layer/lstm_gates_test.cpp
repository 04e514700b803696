// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/lstm_gates.hpp>
#include <qtensor/scale.hpp>

#include <array>
#include <cstdint>
#include <type_traits>

#include "support/oracle.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;

TEST_CASE("A gate has one scale", "[layer][lstm]") {
    constexpr PerGate<3> scale{{1.0f, 2.0f, 3.0f, 4.0f}};
    STATIC_REQUIRE(Scale<PerGate<3>>);
    STATIC_REQUIRE(channels_of<PerGate<3>> == 12);
    STATIC_REQUIRE((scale.scale(2) == 1.0f && scale.scale(3) == 2.0f && scale.scale(11) == 4.0f));
}

TEST_CASE("The multipliers of an LSTM follow from its scales", "[layer][lstm]") {
    using Cells = LstmCells<std::int8_t, TfLiteDoubleRounding, 2>;
    const Cells cells(Affine<>{0.02f, 1}, Affine<>{0.008f, 5}, {{0.1f, 0.2f, 0.3f, 0.4f}}, {{0.5f, 0.6f, 0.7f, 0.8f}},
                      -14);
    const auto same = [](const Cells::Words& words, double real) {
        const auto want = oracle::tflite_words(real);
        return words[0] == want.mantissa && words[1] == want.shift;
    };
    CHECK(same(cells.input[2], static_cast<double>(0.02f) * static_cast<double>(0.3f) * 4096.0));
    CHECK(same(cells.hidden[3], static_cast<double>(0.008f) * static_cast<double>(0.8f) * 4096.0));
    CHECK(same(cells.forget_to_cell, 1.0 / 32768.0));
    CHECK(same(cells.input_to_cell, 16384.0 / 1073741824.0));
    CHECK(same(cells.to_hidden, 1.0 / 1073741824.0 / static_cast<double>(0.008f)));
    CHECK((cells.initial_state().hidden[1] == 5 && cells.initial_state().cell[1] == 0));
    CHECK(says(refused([] { (void)Cells(Affine<>{}, Affine<>{}, {}, {}, 1); }), "cell is worth"));
}

TEST_CASE("A cell is clipped, a gate held inside 16 bits before and after the hidden sum", "[layer][lstm]") {
    using Cells = LstmCells<std::int8_t, TfLiteDoubleRounding, 1>;
    Cells cells(Affine<>{1.0f, 0}, Affine<>{1.0f / 128.0f, 0}, {{0x1p-12f, 0x1p-12f, 0x1p-12f, 0x1p-12f}},
                {{0x1p-5f, 0x1p-5f, 0x1p-5f, 0x1p-5f}}, -12);  // sums are gates
    for (auto& words : cells.hidden) words = TfLiteDoubleRounding::derive(1.0f, 1.0f, 1.0f);
    cells.clip = 3000;
    auto state = cells.initial_state();
    // All gates beyond 8: held at 32767, near 1; the cell would be 4094.
    std::array<std::int32_t, 4> x{100000, 100000, 100000, 100000}, h{};
    cells.step(x.data(), h.data(), state);
    CHECK(state.cell[0] == 3000);
    // 100000 is held at 32767 first, so -32767 from the hidden side brings it to 0: input 1/2, forget 1/2, tanh 0.
    h = {-32767, -32767, -32767, -32767};
    cells.step(x.data(), h.data(), state);
    CHECK(state.cell[0] == 1500);
}
