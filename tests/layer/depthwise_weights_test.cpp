// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/depthwise_weights.hpp>
#include <qtensor/scale.hpp>

#include <cstdint>
#include <type_traits>
#include <vector>

#include "support/arches.hpp"
#include "support/guard_pages.hpp"
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
        using Packed = std::remove_const_t<decltype(packed)>;
        if constexpr (Packed::in_place) {
            for (std::size_t tap = 0; tap < 4; ++tap) {
                for (std::size_t j = 0; j < 3; ++j) CHECK(packed.weight(tap, j) == static_cast<int>(tap * 3 + j) - 8);
            }
        }
        using S = typename Packed::scale_type;
        STATIC_REQUIRE(S::axis == 0);
        CHECK(packed.scale().scale(2) == 0.125f);
        CHECK(packed.scale().zero_point(1) == -2);
        // Outputs: -8 -5 -2 1 around 1: 9 6 3 0;  -7 -4 -1 2 around -2: 5 2 1 4;  -6 -3 0 3: 6 3 0 3
        CHECK(packed.row_magnitude() == 18);
    });
}

namespace {
/// Every cell is where the layout says, with its zero point taken out, and all others are zero.
template <class Arch, class W, class S>
void check_layout(std::size_t rows, std::size_t columns, std::size_t n, S scale) {
    using Three = Shape<dyn, dyn, dyn>;
    std::vector<W> w(rows * columns * n);
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<W>(i * 37 % 251);
    const QTensor<const W, S, Three> filters(w.data(), Three(rows, columns, n), scale);
    using Packed = depthwise_for<Arch, std::uint8_t, std::remove_const_t<decltype(filters)>>;
    if constexpr (!Packed::in_place) {
        constexpr std::size_t lanes = Packed::Atom::n, k = Packed::Atom::k;
        const std::size_t bytes = Packed::bytes(rows, columns, n);
        qtensor_test::BetweenGuards<std::byte> memory(bytes, qtensor_test::Flush::back);
        const Packed packed(filters, memory.span());
        const std::size_t blocks = (n + lanes - 1) / lanes, groups = (rows + k - 1) / k;
        const std::size_t phases = groups * k > rows ? 2 : 1;
        std::vector<std::int64_t> want(blocks * phases * groups * columns * lanes * k), sums(blocks * lanes);
        for (std::size_t row = 0; row < rows; ++row) {
            for (std::size_t column = 0; column < columns; ++column) {
                for (std::size_t j = 0; j < n; ++j) {
                    const std::int64_t value = w[(row * columns + column) * n + j] - zero_point_of(scale, j);
                    sums[j] += value;
                    for (std::size_t phase = 0; phase < phases; ++phase) {
                        const std::size_t group = (row + phase) / k, slot = (row + phase) % k;
                        want[((((j / lanes * phases + phase) * groups + group) * columns + column) * lanes +
                              j % lanes) *
                                 k +
                             slot] = value;
                    }
                }
            }
        }
        for (std::size_t i = 0; i < want.size(); ++i) REQUIRE(packed.blocks()[i] == want[i]);
        for (std::size_t i = 0; i < sums.size(); ++i) REQUIRE(packed.column_sums()[i] == sums[i]);
        CHECK(memory.clean());
    }
}
}  // namespace

TEST_CASE("Rows of depthwise taps lie side by side, a second time one slot further down", "[layer][depthwise]") {
    EveryArch::each([&]<class Arch>() {
        for (std::size_t rows = 1; rows <= 6; ++rows) {
            for (const std::size_t n : {std::size_t{1}, std::size_t{16}, std::size_t{37}}) {
                check_layout<Arch, std::int8_t>(rows, 3, n, PerTensor<>{1.0f});
                check_layout<Arch, std::uint8_t>(rows, 2, n, Affine<>{1.0f, 128});
                check_layout<Arch, float>(rows, 1, n, Unscaled{});
            }
        }
    });
}

TEST_CASE("The scalar architecture reads filters where they are", "[layer][depthwise]") {
    QTensor<std::int8_t, PerTensor<>, Shape<1, 2, 2>, Inline> filters({}, PerTensor<>{1.0f});
    const depthwise_for<arch::scalar, std::int8_t, decltype(filters)> in_place(filters);
    filters(0, 1, 1) = 5;
    CHECK(in_place.weight(1, 1) == 5);
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
        const std::size_t bytes = Packed::bytes(2, 2, 2);
        qtensor_test::BetweenGuards<std::byte> memory(bytes + 64, qtensor_test::Flush::front);
        const auto packing = [&](std::size_t from, std::size_t count, float scale, std::int32_t zero) {
            using Offset = QTensor<const std::int8_t, Affine<>, Three>;
            const Offset of(cells, Three(2, 2, 2), Affine<>{scale, zero});
            return refused([&] {
                const depthwise_for<arch::native, std::int8_t, Offset> packed(of, memory.span().subspan(from, count));
            });
        };
        CHECK(refused([&] { const Packed packed(run_time, memory.span()); }) == "nothing was refused");
        CHECK(says(refused([&] { const Packed packed(run_time, memory.span().first(bytes - 1)); }),
                   "the memory is smaller"));
        CHECK(says(refused([&] { const Packed packed(run_time, memory.span().subspan(1)); }), "aligned to 64 bytes"));
        CHECK(packing(0, bytes + 64, 1.0f, 32768) == "nothing was refused");
        CHECK(says(packing(0, bytes + 64, 1.0f, 32769), "does not fit the 16 bits of the instruction"));
    }
}
