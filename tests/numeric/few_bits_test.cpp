// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/few_bits.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

#include <qtensor/gemm.hpp>
#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>

#include "support/arches.hpp"
#include "support/catch.hpp"
#include "support/refused.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Random;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::Tally;

using Matrix = Shape<dyn, dyn>;

}  // namespace

TEST_CASE("Ternary codes take two bits, binary codes one", "[numeric]") {
    STATIC_REQUIRE(cells_for<ternary>(4) == 1);
    STATIC_REQUIRE(cells_for<ternary>(5) == 2);
    STATIC_REQUIRE(cells_for<binary>(8) == 1);
    STATIC_REQUIRE(cells_for<binary>(9) == 2);
    const std::uint8_t cells[2]{0b11010011, 0b00000001};  // lowest bits first
    const int three[]{-1, 0, 1, -1, 1, 0, 0, 0};
    for (std::size_t i = 0; i < 8; ++i) CHECK(element<ternary>::load(cells, i) == three[i]);
    const int two[]{-1, -1, 1, 1, -1, 1, -1, -1, -1, 1};
    for (std::size_t i = 0; i < 10; ++i) CHECK(element<binary>::load(cells, i) == two[i]);
    CHECK(element<ternary>::load(cells + 1, -4) == -1);
    CHECK(element<ternary>::load(cells + 1, -3) == 0);
    CHECK(element<binary>::load(cells + 1, -1) == -1);
    CHECK(element<binary>::load(cells + 1, -3) == 1);
}

TEMPLATE_TEST_CASE("A stored code is read again, and its neighbours are left alone", "[numeric]", ternary, binary) {
    using E = element<TestType>;
    Random random(51);
    std::vector<std::int8_t> want(64);
    std::vector<std::uint8_t> cells(cells_for<TestType>(64));
    for (std::size_t i = 0; i < 64; ++i) want[i] = E::load(cells.data(), i);
    for (int step = 0; step < 2000; ++step) {
        const auto at = static_cast<std::size_t>(random.between(0, 63));
        auto code = static_cast<std::int8_t>(random.between(-1, 1));
        E::store(cells.data(), at, code);
        if (E::per_cell == 8 && code == 0) code = 1;  // there is no 0 among binary codes
        want[at] = code;
        for (std::size_t i = 0; i < 64; ++i) REQUIRE(E::load(cells.data(), i) == want[i]);
    }
}

TEST_CASE("Ternary weights are rounded to nearest, binary ones to their sign", "[numeric]") {
    const float values[]{0.2f, -0.2f, 0.7f, -0.7f, 5.0f, -5.0f, 0.0f, -0.0f, std::nanf("")};
    std::uint8_t three[3]{}, two[2]{};
    const QTensor<ternary, PerTensor<>, Shape<9>> t(three, {}, PerTensor{1.0f});
    const QTensor<binary, PerTensor<>, Shape<9>> b(two, {}, PerTensor{0.5f});
    quantize_into(std::span<const float>(values), t);
    quantize_into(std::span<const float>(values), b, Sign{});
    const int want_t[]{0, 0, 1, -1, 1, -1, 0, 0, 0}, want_b[]{1, -1, 1, -1, 1, -1, 1, 1, 1};
    float reals[9];
    dequantize_into(b, reals);
    for (std::size_t i = 0; i < 9; ++i) {
        CHECK(t(i) == want_t[i]);
        CHECK(b(i) == want_b[i]);
        CHECK(reals[i] == 0.5f * static_cast<float>(want_b[i]));
    }
    constexpr auto by_the_compiler = quantize<binary>({-3.0f, 3.0f, -1.0f}, Shape<1, 3>{}, PerTensor{2.0f}, Sign{});
    STATIC_REQUIRE((by_the_compiler(0, 0) == -1 && by_the_compiler(0, 1) == 1 && by_the_compiler(0, 2) == -1));
}

TEMPLATE_TEST_CASE("Products of ternary and binary weights are exact on every architecture", "[numeric]", ternary,
                   binary) {
    STATIC_REQUIRE(safe_depth<std::int32_t, std::int8_t, TestType>() == 16777215);
    STATIC_REQUIRE(safe_depth<std::int16_t, std::int8_t, TestType>() == 255);
    Tally tally;
    Random random(52);
    for (const std::size_t k : {1u, 7u, 64u, 129u}) {
        constexpr std::size_t m = 5, n = 37;
        std::vector<std::int8_t> x(m * k);
        for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
        std::vector<std::uint8_t> cells(cells_for<TestType>(n * k));
        for (std::size_t i = 0; i < n * k; ++i)
            element<TestType>::store(cells.data(), i, static_cast<std::int8_t>(random.between(-1, 1)));
        const QTensor<const TestType, PerTensor<>, Matrix> w(cells.data(), Matrix(n, k), PerTensor{0.25f});
        qtensor_test::EveryArch::each([&]<class Arch>() {
            using Packed = packed_for<Arch, std::int8_t, std::remove_const_t<decltype(w)>>;
            alignas(64) static std::byte memory[1 << 16], workspace[1 << 16];
            REQUIRE(Packed::bytes(n, k) <= sizeof memory);
            const Packed packed(w, memory);
            const Linear linear(packed, Affine{1.0f, 3});
            std::vector<std::int32_t> y(m * n);
            linear(QTensor<const std::int8_t, Affine<>, Matrix>(x.data(), Matrix(m, k), Affine{1.0f, 3}),
                   QTensor<std::int32_t, Product<Affine<>, PerTensor<>>, Matrix>(y.data(), Matrix(m, n),
                                                                                 linear.output_scale()),
                   workspace);
            for (std::size_t i = 0; i < m * n; ++i) {
                int sum = 0;
                for (std::size_t at = 0; at < k; ++at)
                    sum += (x[i / n * k + at] - 3) * element<TestType>::load(cells.data(), i % n * k + at);
                tally.same(y[i], sum, Arch::name, i, k);
            }
        });
    }
    tally.require_all_equal(4 * 5 * 37);
}

TEST_CASE("The pattern that is no ternary code is refused when weights are packed", "[numeric]") {
    const std::uint8_t cells[1]{0b10};
    const QTensor<const ternary, PerTensor<>, Shape<1, 4>> w(cells, {}, PerTensor{1.0f});
    CHECK(says(refused([&] { pack<arch::scalar, std::int8_t>(w); }),
               "a weight is outside the range that its element type promises (value -2, limit -1)"));
    CHECK(says(refused([&] { pack<arch::native, std::int8_t>(w); }), "outside the range"));
}
