// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/depthwise_weights.hpp>
#include <qtensor/scale.hpp>

#include <cstdint>
#include <type_traits>

#include "support/arches.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::EveryArch;
using qtensor_test::refused;
using qtensor_test::says;

TEST_CASE("Depthwise filters keep their numbers, and their scale moves to the outputs", "[layer][depthwise]") {
    QTensor<int4, PerChannelAffine<3, 2>, Shape<2, 2, 3>, Inline> filters({}, {{0.5f, 0.25f, 0.125f}, {1, -2, 0}});
    for (std::size_t i = 0; i < 12; ++i) element<int4>::store(filters.data(), i, static_cast<std::int8_t>(i % 16) - 8);
    EveryArch::each([&]<class Arch>() {
        const depthwise_for<Arch, std::int8_t, decltype(filters)> packed(filters);
        CHECK(packed.n() == 3);
        CHECK(packed.k() == 4);
        for (std::size_t tap = 0; tap < 4; ++tap) {
            for (std::size_t j = 0; j < 3; ++j) CHECK(packed.weight(tap, j) == static_cast<int>(tap * 3 + j) - 8);
        }
        using S = typename decltype(packed)::scale_type;
        STATIC_REQUIRE(S::axis == 0);
        CHECK(packed.scale().scale(2) == 0.125f);
        CHECK(packed.scale().zero_point(1) == -2);
        // Outputs: -8 -5 -2 1 around 1: 9 6 3 0;  -7 -4 -1 2 around -2: 5 2 1 4;  -6 -3 0 3: 6 3 0 3
        CHECK(packed.row_magnitude() == 18);
    });
}

TEST_CASE("The scalar architecture reads filters where they are; others keep a copy", "[layer][depthwise]") {
    QTensor<std::int8_t, PerTensor<>, Shape<1, 2, 2>, Inline> filters({}, PerTensor<>{1.0f});
    const depthwise_for<arch::scalar, std::int8_t, decltype(filters)> in_place(filters);
    const depthwise_for<arch::native, std::int8_t, decltype(filters)> copied(filters);
    filters(0, 1, 1) = 5;
    CHECK(in_place.weight(1, 1) == 5);
    if constexpr (!std::is_same_v<arch::native, arch::scalar>) CHECK(copied.weight(1, 1) == 0);
}

TEST_CASE("Depthwise filters are refused in a sentence", "[layer][depthwise]") {
    QTensor<int8_symmetric, PerTensor<>, Shape<1, 2, 2>, Inline> filters({}, PerTensor<>{1.0f});
    filters(0, 1, 0) = -128;
    EveryArch::each([&]<class Arch>() {
        CHECK(says(refused([&] { const depthwise_for<Arch, std::int8_t, decltype(filters)> packed(filters); }),
                   "outside the range that its element type promises"));
    });
    std::int8_t cells[8]{};
    using Three = Shape<dyn, dyn, dyn>;
    const QTensor<const std::int8_t, PerTensor<>, Three> run_time(cells, Three(2, 2, 2), PerTensor<>{1.0f});
    using Packed = depthwise_for<arch::native, std::int8_t, std::remove_const_t<decltype(run_time)>>;
    if constexpr (!std::is_same_v<arch::native, arch::scalar>) {
        CHECK(Packed::bytes(2, 4) == 8);
        std::byte memory[8];
        CHECK(refused([&] { const Packed packed(run_time, memory); }) == "nothing was refused");
        CHECK(says(refused([&] { const Packed packed(run_time, std::span(memory, 7)); }), "the memory is smaller"));
    }
}
