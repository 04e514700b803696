// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/heap/matmul.hpp>
#include <qtensor/numeric.hpp>
#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>

#include <cmath>
#include <string>
#include <vector>

#include "support/oracle.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;

namespace {

struct Sizes {
    std::size_t m, n, k;
};

/// Small and odd ones, both sides of every tile, some at random.
std::vector<Sizes> all_sizes() {
    std::vector<Sizes> sizes{{1, 1, 1},    {1, 1, 2},     {2, 3, 5},    {6, 16, 4},   {7, 17, 3},    {1, 64, 64},
                             {5, 65, 63},  {13, 130, 31}, {97, 15, 66}, {49, 64, 7},  {3, 200, 128}, {1, 1, 500},
                             {100, 1, 33}, {24, 48, 129}, {25, 63, 1},  {33, 129, 65}};
    oracle::Random random(4);
    for (int i = 0; i < 30; ++i) {
        const auto pick = [&](std::int64_t most) { return static_cast<std::size_t>(random.between(1, most)); };
        sizes.push_back({pick(40), pick(140), pick(100)});
    }
    return sizes;
}

template <class T, class S>
QTensor<T, S, Shape<dyn, dyn>, Heap> filled(std::size_t rows, std::size_t columns, S scale, std::uint64_t seed) {
    QTensor<T, S, Shape<dyn, dyn>, Heap> made(Shape<dyn, dyn>(rows, columns), scale);
    oracle::Random random(seed);
    for (std::size_t i = 0; i < made.size(); ++i) {
        made.data()[i] = static_cast<cell_of<T>>(random.between(element<T>::lowest, element<T>::highest));
    }
    return made;
}

template <class Q> std::vector<std::int64_t> codes_of(const Q& tensor) {
    return std::vector<std::int64_t>(tensor.data(), tensor.data() + tensor.size());
}

/// The exact sums of a product, from the codes and scales of its tensors.
template <class X, class W> std::vector<std::int64_t> sums_of(const X& x, const W& w) {
    std::vector<std::int64_t> zeros;
    for (std::size_t j = 0; j < w.extent(0); ++j) zeros.push_back(zero_point_of(w.scale(), j));
    return oracle::product(x.extent(0), w.extent(0), w.extent(1), codes_of(x), codes_of(w), zero_point_of(x.scale(), 0),
                           zeros);
}

template <class X, class W, class SX, class SW> void check_sums(SX x_scale, SW w_scale) {
    for (const Sizes& size : all_sizes()) {
        const auto x = filled<X>(size.m, size.k, x_scale, 1);
        const auto w = filled<W>(size.n, size.k, w_scale, 2);
        const auto y = matmul(x, w);
        INFO(size.m << " x " << size.n << " x " << size.k);
        REQUIRE(y.extent(0) == size.m);
        REQUIRE(y.extent(1) == size.n);
        REQUIRE(codes_of(y) == sums_of(x, w));
        REQUIRE(y.scale().scale(0) == x_scale.scale(0) * w_scale.scale(0));
    }
}

/// Scales for up to 200 channels, of very different size, in the caller's array.
struct ChannelScales {
    std::vector<float> values;
    std::vector<std::int32_t> zeros, bias;
    ChannelScales() {
        oracle::Random random(11);
        for (int c = 0; c < 200; ++c) {
            values.push_back(0.001f * static_cast<float>(random.between(1, 40)));
            zeros.push_back(static_cast<std::int32_t>(random.between(-128, 127)));
            bias.push_back(static_cast<std::int32_t>(random.between(-5000, 5000)));
        }
    }
    QTensor<const std::int32_t, Unscaled, Shape<dyn>> bias_view(std::size_t n) const {
        return {bias.data(), Shape<dyn>(n), Unscaled{}};
    }
};

}  // namespace

TEST_CASE("dynamic matmul: int32 sums of every pair of 8-bit elements", "[heap matmul]") {
    check_sums<std::int8_t, int8_symmetric>(Affine{0.5f, -7}, PerTensor{0.25f});
    check_sums<std::int8_t, std::int8_t>(PerTensor{0.5f}, PerTensor{0.25f});
    check_sums<std::uint8_t, std::int8_t>(Affine{0.5f, 129}, PerTensor{0.25f});
    check_sums<std::int8_t, std::uint8_t>(Affine{0.5f, 127}, Affine{0.25f, 77});
    check_sums<std::uint8_t, std::uint8_t>(Affine{0.5f, 255}, PerTensor{0.25f});
    check_sums<int8_symmetric, Ranged<std::int8_t, -64, 63>>(PerTensor{0.5f}, PerTensor{0.25f});
}

TEST_CASE("dynamic matmul: int4 weights", "[heap matmul]") {
    for (const Sizes& size : all_sizes()) {
        const auto x = filled<std::int8_t>(size.m, size.k, Affine{0.5f, 3}, 5);
        QTensor<int4, PerTensor<>, Shape<dyn, dyn>, Heap> w(Shape<dyn, dyn>(size.n, size.k), PerTensor{0.1f});
        std::vector<std::int64_t> codes;
        oracle::Random random(size.m + size.n);
        for (std::size_t i = 0; i < w.size(); ++i) {
            codes.push_back(random.between(-8, 7));
            element<int4>::store(w.data(), i, static_cast<std::int8_t>(codes.back()));
        }
        REQUIRE(codes_of(matmul(x, w)) == oracle::product(size.m, size.n, size.k, codes_of(x), codes, 3, {}));
    }
}

TEST_CASE("dynamic matmul: per-channel scales of run-time number, both dialects", "[heap matmul]") {
    const ChannelScales channels;
    for (const Sizes& size : all_sizes()) {
        const auto x = filled<std::int8_t>(size.m, size.k, Affine{0.02f, 5}, 3);
        const auto w = filled<int8_symmetric>(size.n, size.k, PerChannel<dyn>{channels.values.data()}, 4);
        const auto sums = sums_of(x, w);
        const float sy = 0.05f * std::sqrt(static_cast<float>(size.k));
        const auto relu =
            matmul(x, w, AddBias{channels.bias_view(size.n)}, Requantize<std::int8_t>{Affine{sy, -9}}, Relu{});
        const auto half_even = matmul(x, w, Requantize<std::uint8_t, XnnpackFp32>{Affine{sy, 100}});
        const auto real = matmul(x, w, AddBias{channels.bias_view(size.n)}, Dequantize<float>{});
        const auto half = matmul(x, w, Dequantize<float16>{});
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const float sw = channels.values[i % size.n];
            const std::int64_t sum = sums[i] + channels.bias[i % size.n];
            const auto code = oracle::tflite(sum, 0.02f, sw, sy, -9, -128, 127);
            wrong += relu.data()[i] == (code < -9 ? -9 : code) ? 0 : 1;
            wrong += half_even.data()[i] == oracle::xnnpack(sums[i], 0.02f, sw, sy, 100, 0, 255) ? 0 : 1;
            wrong += real.data()[i] == oracle::dequantized(sum, 0.02f, sw) ? 0 : 1;
            // Half precision: 11 bits, or the spacing of the smallest numbers.
            const double want = static_cast<double>(oracle::dequantized(sums[i], 0.02f, sw));
            const double got = static_cast<double>(static_cast<float>(half.data()[i]));
            wrong += std::fabs(got - want) <= std::fmax(std::fabs(want) / 2048.0, 0x1p-25) ? 0 : 1;
        }
        INFO(size.m << " x " << size.n << " x " << size.k);
        REQUIRE(wrong == 0);
        REQUIRE(relu.scale() == Affine{sy, -9});
    }
}

TEST_CASE("dynamic matmul: zero points per channel of the weights", "[heap matmul]") {
    const ChannelScales channels;
    for (const Sizes& size : all_sizes()) {
        const auto x = filled<std::int8_t>(size.m, size.k, Affine{0.02f, 5}, 8);
        const auto w = filled<std::int8_t>(size.n, size.k,
                                           PerChannelAffine<dyn>{channels.values.data(), channels.zeros.data()}, 9);
        INFO(size.m << " x " << size.n << " x " << size.k);
        REQUIRE(codes_of(matmul(x, w)) == sums_of(x, w));
    }
}

TEST_CASE("dynamic matmul: int16 activations run on the scalar kernel", "[heap matmul]") {
    const auto x = filled<std::int16_t>(5, 60, PerTensor{0.001f}, 10);
    const auto w = filled<int8_symmetric>(9, 60, PerTensor{0.02f}, 11);
    const auto y = matmul(x, w);
    STATIC_REQUIRE(std::is_same_v<decltype(y)::element_type, std::int64_t>);  // a run-time depth proves no int32
    CHECK(codes_of(y) == sums_of(x, w));
    const auto z = matmul<std::int32_t>(x, w, Requantize<std::int16_t>{Affine{0.5f, 0}});
    const auto sums = sums_of(x, w);
    for (std::size_t i = 0; i < sums.size(); ++i)
        CHECK(z.data()[i] == oracle::tflite(sums[i], 0.001f, 0.02f, 0.5f, 0, -32768, 32767));
    CHECK(says(refused([] {
                   const auto wide = filled<std::int16_t>(1, 2000, PerTensor{1.0f}, 1);
                   auto heavy = filled<int8_symmetric>(1, 2000, PerTensor{1.0f}, 1);
                   for (std::size_t i = 0; i < 2000; ++i) heavy.data()[i] = 127;
                   static_cast<void>(matmul<std::int32_t>(wide, heavy));
               }),
               "the sums could overflow the accumulator"));
}

TEST_CASE("dynamic matmul: the accumulator is proven from the weights when it is bound", "[heap matmul]") {
    const std::size_t deep = 140000;  // 140000 * 128 * 127 is beyond int32
    QTensor<std::int8_t, PerTensor<>, Shape<dyn, dyn>, Heap> x(Shape<dyn, dyn>(1, deep), PerTensor{1.0f});
    QTensor<int8_symmetric, PerTensor<>, Shape<dyn, dyn>, Heap> w(Shape<dyn, dyn>(2, deep), PerTensor{1.0f});
    for (std::size_t i = 0; i < deep; ++i) {
        x.data()[i] = -128;
        w.data()[i] = 1;
        w.data()[deep + i] = -119;
    }
    const auto y = matmul(x, w);  // 128 * 119 * 140000 = 2132480000 still fits
    CHECK(y(0, 0) == -128 * 140000);
    CHECK(y(0, 1) == 2132480000);
    for (std::size_t i = 0; i < deep; ++i) w.data()[deep + i] = -120;  // 2150400000 does not
    CHECK(says(refused([&] { static_cast<void>(matmul(x, w)); }),
               "the sums could overflow the accumulator: max|x - z| * max sum|w| + max|bias| is too large (value "
               "2150400000, limit 2147483647)"));
}

TEST_CASE("dynamic matmul: float", "[heap matmul]") {
    for (const Sizes& size : all_sizes()) {
        QTensor<float, Unscaled, Shape<dyn, dyn>, Heap> x(Shape<dyn, dyn>(size.m, size.k));
        QTensor<float, Unscaled, Shape<dyn, dyn>, Heap> w(Shape<dyn, dyn>(size.n, size.k));
        oracle::Random random(size.k);
        for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = random.real();
        for (std::size_t i = 0; i < w.size(); ++i) w.data()[i] = random.real();
        const auto y = matmul(x, w, Relu{});
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < size.m; ++i) {
            for (std::size_t j = 0; j < size.n; ++j) {
                double sum = 0.0, terms = 0.0;
                for (std::size_t k = 0; k < size.k; ++k) {
                    const double term = static_cast<double>(x(i, k)) * static_cast<double>(w(j, k));
                    sum += term;
                    terms += std::fabs(term);
                }
                const double want = sum < 0.0 ? 0.0 : sum;
                const double bound = terms * static_cast<double>(size.k + 1) / 16777216.0;
                wrong += std::fabs(static_cast<double>(y(i, j)) - want) <= bound ? 0 : 1;
            }
        }
        INFO(size.m << " x " << size.n << " x " << size.k);
        REQUIRE(wrong == 0);
    }
}

TEST_CASE("dynamic matmul: views, half-static shapes and strided rows are operands too", "[heap matmul]") {
    const auto x = filled<std::int8_t>(6, 12, Affine{0.5f, 2}, 20);
    const auto w = filled<int8_symmetric>(5, 12, PerTensor{0.25f}, 21);
    const auto want = codes_of(matmul(x, w));
    CHECK(codes_of(matmul(view(x), view(w))) == want);
    const QTensor<const int8_symmetric, PerTensor<>, Shape<5, dyn>> five(w.data(), Shape<5, dyn>(12), w.scale());
    CHECK(codes_of(matmul(x, five)) == want);
    QTensor<std::int8_t, Affine<>, Shape<6, 12>, Inline> fixed({}, Affine{0.5f, 2});
    for (std::size_t i = 0; i < 72; ++i) fixed.data()[i] = x.data()[i];
    CHECK(codes_of(matmul(fixed, w)) == want);
    const QTensor<const std::int8_t, Affine<>, Shape<dyn, dyn>, Strided> second(x.data(), Shape<dyn, dyn>(3, 12),
                                                                                {24, 1}, x.scale());
    const auto y = matmul(second, w);
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 5; ++j) CHECK(y(i, j) == want[2 * i * 5 + j]);
    }
}

TEST_CASE("dynamic matmul: one operand of static shape", "[heap matmul]") {
    constexpr auto w =
        quantize<int8_symmetric>({0.5f, 0.25f, 1.0f, -1.0f, 0.0f, 2.0f}, Shape<2, 3>{}, PerChannel<2>{{0.25f, 0.5f}});
    const auto x = filled<std::int8_t>(9, 3, Affine{0.5f, 7}, 21);
    CHECK(codes_of(matmul(x, w)) == sums_of(x, w));
    const auto scaled = matmul(x, w, Dequantize<float>{});
    for (std::size_t i = 0; i < 9; ++i) {
        for (std::size_t j = 0; j < 2; ++j) {
            const auto sum = sums_of(x, w)[i * 2 + j];
            CHECK(scaled(i, j) == static_cast<float>(sum) * (0.5f * w.scale().scale(j)));
        }
    }
    const auto rows = filled<int8_symmetric>(5, 3, PerTensor<>{0.5f}, 22);
    constexpr QTensor<std::int8_t, PerTensor<>, Shape<2, 3>, Inline> zeros{};
    CHECK(codes_of(matmul(zeros, rows)) == std::vector<std::int64_t>(10, 0));
}

TEST_CASE("dynamic matmul: no rows, no columns, no depth", "[heap matmul]") {
    const ChannelScales channels;
    const auto product = [&](std::size_t m, std::size_t n, std::size_t k) {
        const auto x = filled<std::int8_t>(m, k, Affine{0.02f, 5}, 1);
        const auto w = filled<int8_symmetric>(n, k, PerChannel<dyn>{channels.values.data()}, 2);
        const auto sums = matmul(x, w);
        CHECK(sums.extent(0) == m);
        CHECK(sums.extent(1) == n);
        for (std::size_t i = 0; i < sums.size(); ++i) CHECK(sums.data()[i] == 0);  // an empty sum
        const auto codes = matmul(x, w, AddBias{channels.bias_view(n)}, Requantize<std::int8_t>{Affine{0.1f, -9}});
        REQUIRE(codes.size() == m * n);
        for (std::size_t i = 0; i < codes.size(); ++i) {
            CHECK(static_cast<int>(codes.data()[i]) ==
                  oracle::tflite(channels.bias[i % n], 0.02f, channels.values[i % n], 0.1f, -9, -128, 127));
        }
        const QTensor<float, Unscaled, Shape<dyn, dyn>, Heap> a(Shape<dyn, dyn>(m, k)), b(Shape<dyn, dyn>(n, k));
        const auto reals = matmul(a, b);
        REQUIRE(reals.size() == m * n);
        for (std::size_t i = 0; i < reals.size(); ++i) CHECK(reals.data()[i] == 0.0f);
    };
    product(0, 5, 7);
    product(4, 0, 7);
    product(4, 5, 0);
    product(0, 0, 0);
    product(70, 70, 0);
}

TEST_CASE("dynamic matmul: operands that do not fit", "[heap matmul]") {
    const auto x = filled<std::int8_t>(2, 6, Affine{0.5f, 2}, 20);
    CHECK(says(refused([&] { static_cast<void>(matmul(x, filled<int8_symmetric>(3, 5, PerTensor{1.0f}, 1))); }),
               "x has another depth than the weights (value 6, limit 5)"));
    CHECK(says(refused([&] { static_cast<void>(matmul(x, filled<int8_symmetric>(3, 6, PerTensor{0.0f}, 1))); }),
               "a scale is positive and finite"));
    const float scales[] = {1.0f, 1.0f, -1.0f};
    CHECK(says(refused([&] { static_cast<void>(matmul(x, filled<int8_symmetric>(3, 6, PerChannel<dyn>{scales}, 1))); }),
               "a scale is positive and finite (value: the channel at fault) (value 2, limit 0)"));
    const std::vector<std::int32_t> bias(4);
    const QTensor<const std::int32_t, Unscaled, Shape<dyn>> four(bias.data(), Shape<dyn>(4));
    CHECK(says(
        refused([&] { static_cast<void>(matmul(x, filled<int8_symmetric>(3, 6, PerTensor{1.0f}, 1), AddBias{four})); }),
        "the bias has one number per output column (value 4, limit 3)"));
}
