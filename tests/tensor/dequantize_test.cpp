// SPDX-License-Identifier: BSL-1.0
#include <qtensor/scale.hpp>
#include <qtensor/tensor/dequantize.hpp>
#include <qtensor/tensor/quantize.hpp>

#include "support/catch.hpp"
#include "support/guard_pages.hpp"
#include "support/quantize_oracle.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

#include <vector>

using namespace qtensor;
using namespace qtensor_test;
using Catch::Matchers::StartsWith;

namespace {

/// Every code at many scales and zero points, contiguous (lanes) and with a stride of 3 (one at a time).
template <class T> void every_code_is_exact(std::int64_t step = 1) {
    using Value = value_of<T>;
    const auto [lowest, highest] = limits_of<T>;
    std::vector<Value> codes;
    for (std::int64_t code = lowest; code <= highest; code += step) codes.push_back(static_cast<Value>(code));
    codes.push_back(static_cast<Value>(highest));
    std::vector<Value> apart(3 * codes.size());
    for (std::size_t i = 0; i < codes.size(); ++i) apart[3 * i] = codes[i];
    std::vector<float> row(codes.size());
    std::vector<float> single(codes.size());
    Tally tally;
    Random random(101);
    for (int round = 0; round < 26; ++round) {
        const float scale = round < 4
                                ? std::array{1.0f, FLT_MIN, FLT_MAX, FLT_TRUE_MIN}[static_cast<std::size_t>(round)]
                                : std::ldexp(random.real(1.0, 2.0), static_cast<int>(random.between(-20, 5)));
        // A zero point is at most 2^23 from 0, and need not be a code.
        const auto zero =
            static_cast<std::int32_t>(round >= 24 ? (round == 24 ? 8388608 : -8388608)
                                                  : random.between(std::max<std::int64_t>(lowest, -8388608),
                                                                   std::min<std::int64_t>(highest, 8388608)));
        dequantize_into(QTensor<const T, Affine<>>(codes.data(), Shape{codes.size()}, Affine{scale, zero}), row);
        dequantize_into(
            QTensor<T, Affine<>, Shape<dyn>, Strided>(apart.data(), Shape{codes.size()}, {3}, Affine{scale, zero}),
            single);
        for (std::size_t i = 0; i < codes.size(); ++i) {
            const float want = real_oracle(codes[i], scale, zero);
            tally.same_real(static_cast<double>(row[i]), static_cast<double>(want), codes[i], scale, zero);
            tally.same_real(static_cast<double>(single[i]), static_cast<double>(want), codes[i], scale, zero);
        }
    }
    tally.require_all_equal(static_cast<long long>(52 * codes.size()));
}

}  // namespace

TEST_CASE("Every code of up to 16 bits becomes its real number, rounded once", "[tensor][dequantize]") {
    every_code_is_exact<std::int8_t>();
    every_code_is_exact<std::uint8_t>();
    every_code_is_exact<std::int16_t>();
    every_code_is_exact<std::uint16_t>();
    every_code_is_exact<int8_symmetric>();
    every_code_is_exact<Ranged<std::int16_t, 10, 1000>>();
}

TEST_CASE("Codes of 32 bits are rounded once, at the end", "[tensor][dequantize]") {
    every_code_is_exact<std::int32_t>(99991);
    every_code_is_exact<std::uint32_t>(99991);
    // 16777217 is no float: rounding it first would give 16777216 * 3.
    const std::int32_t code[]{16777217};
    float real = 0.0f;
    dequantize_into(QTensor<const std::int32_t, PerTensor<>>(code, Shape{1}, PerTensor{3.0f}), std::span(&real, 1));
    CHECK(real == 50331652.0f);
}

TEMPLATE_TEST_CASE("Packed codes become real numbers", "[tensor][dequantize]", int4, uint4) {
    Tally tally;
    std::vector<std::uint8_t> cells(256);
    for (std::size_t i = 0; i < 256; ++i) cells[i] = static_cast<std::uint8_t>(i);
    for (const std::size_t size : {std::size_t{512}, std::size_t{511}, std::size_t{1}}) {
        BetweenGuards<float> reals(size);
        const QTensor<const TestType, Affine<>> codes(cells.data(), Shape{size}, Affine{0.3f, 5});
        dequantize_into(codes, std::span(reals.data(), size));
        for (std::size_t i = 0; i < size; ++i) {
            const int nibble = static_cast<int>(i % 2 == 0 ? i / 2 % 16 : i / 2 / 16);
            const int code = limits_of<TestType>.lowest < 0 && nibble > 7 ? nibble - 16 : nibble;
            tally.same_real(static_cast<double>(reals.data()[i]), static_cast<double>(real_oracle(code, 0.3f, 5)), i);
        }
    }
    tally.require_all_equal(1024);
}

TEST_CASE("Tensors of every length are dequantized, and no byte beside them is touched", "[tensor][dequantize]") {
    Random random(102);
    Tally tally;
    const auto check = [&]<class T>(T) {
        for (std::size_t rows = 1; rows <= 3; ++rows) {
            for (std::size_t length = 0; length <= 67; ++length) {
                const std::size_t size = rows * length;
                BetweenGuards<T> codes(size);  // not one code behind the last may be read
                for (std::size_t i = 0; i < size; ++i) codes.data()[i] = static_cast<T>(random.word());
                BetweenGuards<float> guarded(size);
                std::vector<float> reals(size + 64, -77.0f);
                const QTensor<const T, Affine<>, Shape<dyn, dyn>> tensor(codes.data(), Shape{rows, length},
                                                                         Affine{0.3f, 9});
                dequantize_into(tensor, std::span(guarded.data(), size));
                dequantize_into(tensor, std::span(reals.data() + 32, size));
                for (std::size_t i = 0; i < reals.size(); ++i) {
                    const bool inside = i >= 32 && i < 32 + size;
                    const float want = inside ? real_oracle(codes.data()[i - 32], 0.3f, 9) : -77.0f;
                    tally.same_real(static_cast<double>(reals[i]), static_cast<double>(want), rows, length, i);
                    if (inside)
                        tally.same_real(static_cast<double>(guarded.data()[i - 32]), static_cast<double>(want), rows,
                                        length, i);
                }
            }
        }
    };
    check(std::int8_t{});
    check(std::uint8_t{});
    check(std::int16_t{});
    check(std::uint16_t{});
    check(std::int32_t{});
    tally.require_all_equal(5 * 3 * 68 * 64);
}

namespace {

template <int Axis, std::size_t Channels, class T> void dequantizes_channels() {
    PerChannelAffine<Channels, Axis> scale;
    for (std::size_t c = 0; c < Channels; ++c) {
        scale.values[c] = 0.013f * static_cast<float>(c + 1);
        scale.zeros[c] = static_cast<std::int32_t>(c % 7) - 3;
    }
    const Shape<3, 4, 37> shape;
    std::vector<typename element<T>::cell> cells(shape.size());
    Random random(103);
    for (auto& cell : cells) cell = static_cast<typename element<T>::cell>(random.word());
    std::vector<float> reals(shape.size());
    dequantize_into(QTensor<T, PerChannelAffine<Channels, Axis>, Shape<3, 4, 37>>(cells.data(), shape, scale), reals);
    Tally tally;
    for (std::size_t i = 0; i < reals.size(); ++i) {
        const std::array<std::size_t, 3> index{i / 148, i / 37 % 4, i % 37};
        const std::size_t c = index[Axis];
        const float want = real_oracle(element<T>::load(cells.data(), i), scale.values[c], scale.zeros[c]);
        tally.same_real(static_cast<double>(reals[i]), static_cast<double>(want), i, c);
    }
    tally.require_all_equal(3 * 4 * 37);
}

}  // namespace

TEST_CASE("Codes are worth what the scale of their channel says, on every axis", "[tensor][dequantize]") {
    dequantizes_channels<0, 3, std::int8_t>();
    dequantizes_channels<1, 4, std::int8_t>();
    dequantizes_channels<2, 37, std::int8_t>();
    dequantizes_channels<1, 4, std::int32_t>();
    dequantizes_channels<0, 3, int4>();
    dequantizes_channels<2, 37, uint4>();
}

TEST_CASE("Accumulators are worth the product of two scales", "[tensor][dequantize]") {
    const std::int32_t codes[]{1000, -1000, 2000000001, -7, 0, 3};
    const Product scale{Affine{0.1f, 3}, PerChannel<3>{{0.2f, 0.3f, 0.7f}}};
    float reals[6];
    dequantize_into(QTensor<const std::int32_t, Product<Affine<>, PerChannel<3>>, Shape<2, 3>>(codes, {}, scale),
                    reals);
    const float scales[]{0.1f * 0.2f, 0.1f * 0.3f, 0.1f * 0.7f};
    for (std::size_t i = 0; i < 6; ++i) CHECK(reals[i] == real_oracle(codes[i], scales[i % 3], 0));
}

TEST_CASE("Strided codes are read where their strides say", "[tensor][dequantize]") {
    std::vector<std::int8_t> cells(900);
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = static_cast<std::int8_t>(i * 7);
    const auto check = [&](std::array<std::ptrdiff_t, 2> strides, std::size_t start) {
        std::vector<float> reals(5 * 33);
        const QTensor<std::int8_t, Affine<>, Shape<5, 33>, Strided> codes(cells.data() + start, {}, strides,
                                                                          Affine{0.3f, -2});
        dequantize_into(codes, reals);
        Tally tally;
        for (std::size_t i = 0; i < 5; ++i) {
            for (std::size_t j = 0; j < 33; ++j) {
                const auto at = static_cast<std::ptrdiff_t>(start) + static_cast<std::ptrdiff_t>(i) * strides[0] +
                                static_cast<std::ptrdiff_t>(j) * strides[1];
                const float want = real_oracle(cells[static_cast<std::size_t>(at)], 0.3f, -2);
                tally.same_real(static_cast<double>(reals[i * 33 + j]), static_cast<double>(want), i, j);
            }
        }
        tally.require_all_equal(165);
    };
    check({40, 1}, 3);
    check({1, 5}, 0);
    check({0, 1}, 17);  // one row, five times
    check({3, 0}, 8);   // one code, thirty-three times
    check({-40, -1}, 800);
}

TEST_CASE("As many reals as codes, neither more nor fewer", "[tensor][dequantize]") {
    const std::int8_t codes[4]{};
    float reals[5];
    const QTensor<const std::int8_t, PerTensor<>, Shape<2, 2>> tensor(codes, {});
    CHECK_THROWS_WITH(dequantize_into(tensor, reals), StartsWith("as many values as codes (value 5, limit 4)"));
    CHECK_THROWS_WITH(dequantize_into(tensor, std::span(reals, 3)),
                      StartsWith("as many values as codes (value 3, limit 4)"));
}

TEST_CASE("No scale that is not positive and finite dequantizes, on any channel", "[tensor][dequantize]") {
    const std::int8_t codes[4]{1, 2, 3, 4};
    float reals[4];
    const std::string sentence = "a scale is positive and finite (value: the channel at fault) ";
    for (const float scale : {0.0f, -1.0f, std::numeric_limits<float>::infinity(), std::nanf("")}) {
        INFO("scale " << scale);
        const QTensor<const std::int8_t, PerTensor<>> whole(codes, Shape{4}, PerTensor{scale});
        CHECK_THROWS_WITH(dequantize_into(whole, reals), StartsWith(sentence + "(value 0, limit 0)"));
        const QTensor<const std::int8_t, PerChannel<2, 1>, Shape<2, 2>> columns(codes, {}, {{1.0f, scale}});
        CHECK_THROWS_WITH(dequantize_into(columns, reals), StartsWith(sentence + "(value 1, limit 0)"));
    }
}

TEST_CASE("A static tensor is dequantized at compile time", "[tensor][dequantize]") {
    constexpr auto codes = quantize<std::int8_t>({1.0f, -2.0f, 0.0f, 100.0f}, Shape<2, 2>{}, Affine{0.5f, -5});
    constexpr auto reals = dequantize(codes);
    STATIC_REQUIRE(reals(0, 0) == 1.0f);
    STATIC_REQUIRE(reals(0, 1) == -2.0f);
    STATIC_REQUIRE(reals(1, 0) == 0.0f);
    STATIC_REQUIRE(reals(1, 1) == 66.0f);  // 127 + 5 halves
    STATIC_REQUIRE(std::is_same_v<decltype(dequantize(codes)), QTensor<float, Unscaled, Shape<2, 2>, Inline>>);
    constexpr auto packed = dequantize(quantize<int4>({3.0f, -8.0f, 7.0f}, Shape<3>{}, PowerOfTwo<-1>{}));
    STATIC_REQUIRE((packed(0) == 3.0f && packed(1) == -4.0f && packed(2) == 3.5f));
}

TEST_CASE("Codes become half-precision numbers by way of float", "[tensor][dequantize]") {
    const Affine<> scale{0.0371f, 5};
    std::vector<std::int8_t> codes(259);
    for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::int8_t>(static_cast<int>(i % 256) - 128);
    std::vector<float16> halves(codes.size());
    dequantize_into(QTensor<const std::int8_t, Affine<>>(codes.data(), Shape{codes.size()}, scale),
                    std::span<float16>(halves));
    for (std::size_t i = 0; i < codes.size(); ++i)
        CHECK(halves[i].bits == arch::half_from_float(real_oracle(codes[i], scale.value, scale.zero)));
}
