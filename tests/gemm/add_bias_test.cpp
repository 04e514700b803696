// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/scale.hpp>

#include <bit>

#include "support/arches.hpp"
#include "support/guard_pages.hpp"
#include "support/refused.hpp"
#include "support/stages.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::Tally;

template <std::size_t N> using In = Incoming<std::int32_t, N, Product<PerTensor<>, PerTensor<>>>;
template <std::size_t N> In<N> incoming(std::size_t columns) {
    return {{PerTensor<>{0.5f}, PerTensor<>{0.25f}}, columns, nullptr};
}
template <class T, class S = Unscaled> using Bias = QTensor<const T, S, Shape<dyn>>;

template <class T> void added(const std::vector<T>& bias, Tally& tally) {
    const std::size_t n = bias.size();
    const auto values = qtensor_test::accumulators(n, 3, 1000000);
    qtensor_test::BetweenGuards<T> memory(n, qtensor_test::Flush::back);
    std::copy(bias.begin(), bias.end(), memory.data());
    const AddBias stage{Bias<T>(memory.data(), Shape<dyn>(n))};
    const auto bound = bind_stages(incoming<dyn>(n), stage);
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const auto got = qtensor_test::apply_stage<Arch>(bound, values);
        for (std::size_t c = 0; c < n; ++c) tally.same(got[c], std::int64_t{values[c]} + bias[c], n, c);
    });
}

}  // namespace

TEST_CASE("every column gets its own bias, of any integer type, and no byte beyond the bias is read") {
    Tally tally;
    for (std::size_t n : {1u, 2u, 7u, 8u, 9u, 15u, 16u, 17u, 31u, 40u}) {
        std::vector<std::int32_t> wide(n);
        std::vector<std::int16_t> half(n);
        std::vector<std::int8_t> narrow(n);
        for (std::size_t c = 0; c < n; ++c) {
            wide[c] = static_cast<std::int32_t>(c * c) * 7919 - 500000;
            half[c] = static_cast<std::int16_t>(wide[c] % 30000);
            narrow[c] = static_cast<std::int8_t>(wide[c] % 128);
        }
        added(wide, tally);
        added(half, tally);
        added(narrow, tally);
    }
    tally.require_all_equal(400);
}

TEST_CASE("a float bias follows Dequantize") {
    for (std::size_t n : {1u, 7u, 16u, 19u}) {
        qtensor_test::BetweenGuards<float> memory(n, qtensor_test::Flush::back);
        for (std::size_t c = 0; c < n; ++c) memory[c] = 0.375f * static_cast<float>(c) - 1.0f;
        const auto values = qtensor_test::accumulators(n, 4, 4000);
        const auto bound =
            bind_stages(incoming<dyn>(n), Dequantize<float>{}, AddBias{Bias<float>(memory.data(), Shape<dyn>(n))});
        Tally tally;
        qtensor_test::EveryArch::each([&]<class Arch>() {
            const auto got = qtensor_test::apply_stage<Arch>(bound, values);
            for (std::size_t c = 0; c < n; ++c) {
                tally.same_bits(got[c], static_cast<float>(values[c]) * 0.125f + memory[c], c);  // exact: no rounding
            }
        });
        tally.require_all_equal(static_cast<long long>(n));
        CHECK(bound.magnitude() == 0);
    }
}

TEST_CASE("the bias takes part in the proof with its largest magnitude") {
    const std::int32_t numbers[] = {3, -9, 8};
    CHECK(bind_stages(incoming<3>(3), AddBias{Bias<std::int32_t>(numbers, Shape<dyn>(3))}).magnitude() == 9);
    const std::int32_t extreme[] = {INT32_MIN, INT32_MAX, 0};
    CHECK(bind_stages(incoming<3>(3), AddBias{Bias<std::int32_t>(extreme, Shape<dyn>(3))}).magnitude() == 2147483648u);
    const std::int64_t wide[] = {INT64_MIN};
    const Incoming<std::int64_t, 1, Product<PerTensor<>, PerTensor<>>> deep{{}, 1, nullptr};
    const auto bound = bind_stages(deep, AddBias{Bias<std::int64_t>(wide, Shape<dyn>(1))});
    CHECK(bound.magnitude() == std::uint64_t{1} << 63);
    CHECK(bound(std::int64_t{7}, Cell{0, 0, 1}) == INT64_MIN + 7);
}

TEST_CASE("an inline bias is copied into the stage") {
    auto bound = [] {
        QTensor<std::int32_t, Unscaled, Shape<2>, Inline> bias;
        bias(0) = 10;
        bias(1) = -20;
        return bind_stages(incoming<2>(2), AddBias{bias});
    }();
    CHECK(bound(std::int32_t{1}, Cell{0, 0, 2}) == 11);
    CHECK(bound(std::int32_t{1}, Cell{0, 1, 1}) == -19);
    CHECK(outgoing_scale(bound).scale(0) == 0.125f);
}

TEST_CASE("a bias of the product's scale binds, one of another is refused") {
    const std::int32_t numbers[] = {1, 2, 3};
    const char* const sentence =
        "the bias has another scale than the accumulator: a bias is quantized with input scale x weight scale";
    const Shape<dyn> three(3);
    const auto bias = [&](auto scale) { return AddBias{Bias<std::int32_t, decltype(scale)>(numbers, three, scale)}; };
    CHECK(refused([&] { bind_stages(incoming<3>(3), bias(PerTensor<>{0.125f})); }) == "nothing was refused");
    CHECK(refused([&] { bind_stages(incoming<dyn>(3), bias(Affine<>{0.125f, 0})); }) == "nothing was refused");
    CHECK(refused([&] { bind_stages(incoming<3>(3), bias(PerChannel<3>{{0.125f, 0.125f, 0.125f}})); }) ==
          "nothing was refused");
    CHECK(says(refused([&] { bind_stages(incoming<3>(3), bias(PerTensor<>{0.25f})); }), sentence));
    CHECK(says(refused([&] { bind_stages(incoming<3>(3), bias(Affine<>{0.125f, 1})); }), sentence));
    // The channel at fault is named.
    CHECK(says(refused([&] { bind_stages(incoming<3>(3), bias(PerChannel<3>{{0.125f, 0.125f, 0.5f}})); }),
               std::string(sentence) + " (value 2, limit 3)"));

    using PerColumn = Incoming<std::int32_t, 3, Product<PerTensor<>, PerChannel<3>>>;
    const PerColumn per_column{{PerTensor<>{0.5f}, PerChannel<3>{{1.0f, 2.0f, 4.0f}}}, 3, nullptr};
    CHECK(refused([&] { bind_stages(per_column, bias(PerChannel<3>{{0.5f, 1.0f, 2.0f}})); }) == "nothing was refused");
    CHECK(says(refused([&] { bind_stages(per_column, bias(PerChannel<3>{{0.5f, 1.0f, 4.0f}})); }), sentence));
    CHECK(says(refused([&] { bind_stages(per_column, bias(PerTensor<>{0.5f})); }), sentence));
}

TEST_CASE("a bias has one number per output column") {
    const std::int32_t numbers[] = {1, 2, 3, 4};
    const char* const sentence = "the bias has one number per output column";
    CHECK(says(refused([&] { bind_stages(incoming<dyn>(3), AddBias{Bias<std::int32_t>(numbers, Shape<dyn>(4))}); }),
               std::string(sentence) + " (value 4, limit 3)"));
    CHECK(says(refused([&] { bind_stages(incoming<dyn>(3), AddBias{Bias<std::int32_t>(numbers, Shape<dyn>(2))}); }),
               std::string(sentence) + " (value 2, limit 3)"));
    // The length is looked at before scales are: no scale beyond the bias is read.
    const float one[] = {0.5f};
    const AddBias short_bias{
        Bias<std::int32_t, PerChannel<dyn>>(numbers, Shape<dyn>(1), PerChannel<dyn>{static_cast<const float*>(one)})};
    CHECK(says(refused([&] { bind_stages(incoming<dyn>(3), short_bias); }), sentence));
}

TEST_CASE("the numbers of a bias are contiguous") {
    const std::int32_t numbers[] = {1, 2, 3, 4, 5};
    using Spaced = QTensor<const std::int32_t, Unscaled, Shape<dyn>, Strided>;
    const char* const sentence = "the numbers of a bias are contiguous: copy a strided view first";
    CHECK(says(refused([&] { bind_stages(incoming<dyn>(3), AddBias{Spaced(numbers, Shape<dyn>(3), {2})}); }),
               std::string(sentence) + " (value 2, limit 1)"));
    CHECK(says(refused([&] { bind_stages(incoming<dyn>(3), AddBias{Spaced(numbers + 4, Shape<dyn>(3), {-1})}); }),
               sentence));
    CHECK(refused([&] { bind_stages(incoming<dyn>(3), AddBias{Spaced(numbers, Shape<dyn>(3), {1})}); }) ==
          "nothing was refused");
    CHECK(refused([&] { bind_stages(incoming<dyn>(1), AddBias{Spaced(numbers, Shape<dyn>(1), {2})}); }) ==
          "nothing was refused");
}

TEST_CASE("a bias of the exact static scale binds although float products round") {
    // 1/20 * 1/10 is 1/200, but f32(0.05f * 0.1f) is the float above f32(0.005): the rational numbers are equal.
    using Static = Incoming<std::int32_t, 3, Product<Ratio<1, 20>, Ratio<1, 10>>>;
    const std::int32_t numbers[] = {1, 2, 3};
    const AddBias stage{Bias<std::int32_t, Ratio<1, 200>>(numbers, Shape<dyn>(3))};
    CHECK(refused([&] { bind_stages(Static{{}, 3, nullptr}, stage); }) == "nothing was refused");
    // Two units in the last place are rounding, three are another scale.
    for (int units = -4; units <= 4; ++units) {
        const float near = std::bit_cast<float>(std::bit_cast<std::int32_t>(0.125f) + units);
        const AddBias other{Bias<std::int32_t, PerTensor<>>(numbers, Shape<dyn>(3), PerTensor<>{near})};
        const bool binds = refused([&] { bind_stages(incoming<3>(3), other); }) == "nothing was refused";
        INFO(units);
        CHECK(binds == (units >= -3 && units <= 2));  // below a power of two units are half as large
    }
}
