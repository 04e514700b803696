// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/gemm/matmul.hpp>
#include <qtensor/numeric.hpp>
#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>

#include <cmath>
#include <vector>

#include "support/arches.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::Tally;

// ---- constant evaluation: the example of the architecture, worked by hand ----------------------------------------

constexpr std::int8_t x_codes[] = {1, 2, 3, 4, -5, 6, 7, -128};
constexpr std::int8_t w_codes[] = {10, -20, 30, 127, 0, 0, 0, -127, 1, 1, 1, 1};
constexpr QTensor<const std::int8_t, Affine<>, Shape<2, 4>> x(x_codes, {}, Affine<>{0.5f, 2});
constexpr QTensor<const int8_symmetric, PerChannel<3>, Shape<3, 4>> w(w_codes, {}, PerChannel<3>{{0.25f, 0.5f, 1.0f}});
constexpr std::int32_t bias_codes[] = {7, -9, 1000};
constexpr QTensor<const std::int32_t, Unscaled, Shape<3>> bias(bias_codes, {});

constexpr auto sums = matmul(x, w);
static_assert(std::same_as<decltype(sums)::element_type, std::int32_t>);
static_assert(std::same_as<decltype(sums)::scale_type, Product<Affine<>, PerChannel<3>>>);
static_assert(sums.scale().scale(1) == 0.25f);
// x - 2 = {-1, 0, 1, 2}, {-7, 4, 5, -130}
static_assert(sums(0, 0) == -10 + 30 + 254 && sums(0, 1) == -254 && sums(0, 2) == 2);
static_assert(sums(1, 0) == -70 - 80 + 150 - 16510 && sums(1, 1) == 16510 && sums(1, 2) == -128);

constexpr auto biased = matmul(x, w, AddBias{bias}, Relu{});
static_assert(biased(0, 0) == 281 && biased(0, 1) == 0 && biased(0, 2) == 1002 && biased(1, 0) == 0);

// s_x * s_w / s_y = 0.125, 0.25, 0.5 over 1: every multiplier is a power of two.
constexpr auto codes = matmul(x, w, AddBias{bias}, Requantize<std::int8_t>{Affine<>{1.0f, -1}});
static_assert(std::same_as<decltype(codes)::scale_type, Affine<>>);
static_assert(codes(0, 0) == 34 && codes(0, 1) == -67 && codes(0, 2) == 127 &&
              codes(1, 0) == -128);  // 35.125 - 1; -65.75 - 1
constexpr auto reals = matmul(x, w, Dequantize<float>{});
static_assert(reals(0, 0) == 274 * 0.125f && reals(1, 1) == 16510 * 0.25f);

constexpr auto narrow = matmul<std::int16_t>(x, w);
static_assert(std::same_as<decltype(narrow)::element_type, std::int16_t> && narrow(0, 1) == -254);
constexpr auto wide = matmul<std::int64_t>(x, w);
static_assert(std::same_as<decltype(wide)::element_type, std::int64_t> && wide(1, 1) == 16510);

constexpr float real_x[] = {1.5f, -2.0f}, real_w[] = {0.5f, 0.25f, 4.0f, 8.0f};
constexpr auto real = matmul(QTensor<const float, Unscaled, Shape<1, 2>>(real_x, {}),
                             QTensor<const float, Unscaled, Shape<2, 2>>(real_w, {}), Relu{});
static_assert(real(0, 0) == 0.25f && real(0, 1) == 0.0f);

// Rows backwards, from the last one on.
constexpr QTensor<const std::int8_t, PerTensor<>, Shape<2, 4>, Strided> backwards(w_codes + 4, {}, {-4, 1});

// int4: two to a byte, low nibble first.
constexpr std::uint8_t nibbles[] = {0x81, 0x7f};  // 1, -8, -1, 7
constexpr QTensor<const int4, PerTensor<>, Shape<1, 4>> w4(nibbles, {});
static_assert(matmul(x, w4)(0, 0) == -1 - 1 + 14);

}  // namespace

TEST_CASE("a product of the running program has the bits of constant evaluation") {
    CHECK(std::is_constant_evaluated() == false);
    const auto at_run_time = matmul(x, w);
    const auto run_biased = matmul(x, w, AddBias{bias}, Relu{});
    const auto run_codes = matmul(x, w, AddBias{bias}, Requantize<std::int8_t>{Affine<>{1.0f, -1}});
    const auto run_reals = matmul(x, w, Dequantize<float>{});
    const auto run_narrow = matmul<std::int16_t>(x, w);
    const auto run_wide = matmul<std::int64_t>(x, w);
    for (std::size_t i = 0; i < 2; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            CHECK(at_run_time(i, j) == sums(i, j));
            CHECK(run_biased(i, j) == biased(i, j));
            CHECK(run_codes(i, j) == codes(i, j));
            CHECK(run_reals(i, j) == reals(i, j));
            CHECK(run_narrow(i, j) == narrow(i, j));
            CHECK(run_wide(i, j) == wide(i, j));
        }
    }
    CHECK(matmul(x, backwards)(0, 1) == sums(0, 0));
    CHECK(matmul(x, w4)(0, 0) == 12);
}

namespace {

/// Static extents through matmul, the same numbers through dynamic extents and Linear, and three plain loops.
template <std::size_t M, std::size_t N, std::size_t K, class X = std::int8_t, class W = std::int8_t>
void static_and_dynamic(Tally& tally) {
    oracle::Random random(M * 10000 + N * 100 + K);
    for (const oracle::Fill fill : oracle::fills) {
        const auto xs = oracle::codes(fill, M * K, element<X>::lowest, element<X>::highest, random);
        const auto ws = oracle::codes(oracle::Fill::random, N * K, element<W>::lowest, element<W>::highest, random);
        std::vector<X> x_cells(xs.begin(), xs.end());
        std::vector<W> w_cells(ws.begin(), ws.end());
        const Affine<> x_scale{0.01f, static_cast<std::int32_t>(random.between(-140, 140))}, to{0.2f, 9};
        const PerTensor<> w_scale{0.02f};
        const auto want = oracle::product(M, N, K, xs, ws, x_scale.zero, {});

        const QTensor<const X, Affine<>, Shape<M, K>> x_static(x_cells.data(), {}, x_scale);
        const QTensor<const W, PerTensor<>, Shape<N, K>> w_static(w_cells.data(), {}, w_scale);
        const Requantize<std::int8_t> stage{to};
        const auto y = matmul(x_static, w_static, stage);
        const auto packed = pack<arch::native, X>(w_static);
        const auto again = matmul(x_static, packed, stage);

        using Matrix = Shape<dyn, dyn>;
        const QTensor<const X, Affine<>, Matrix> x_dynamic(x_cells.data(), Matrix(M, K), x_scale);
        const QTensor<const W, PerTensor<>, Matrix> w_dynamic(w_cells.data(), Matrix(N, K), w_scale);
        using Packed = packed_for<arch::native, X, std::remove_const_t<decltype(w_dynamic)>>;
        struct alignas(64) Line {
            std::byte bytes[64];
        };
        std::vector<Line> memory(Packed::bytes(N, K) / 64 + 1), workspace(64 * (K + 2));
        const Packed packed_dynamic(w_dynamic,
                                    std::span(reinterpret_cast<std::byte*>(memory.data()), memory.size() * 64));
        const Linear linear(packed_dynamic, x_scale, stage);
        std::vector<std::int8_t> cells(M * N + 64);
        linear(x_dynamic, QTensor<std::int8_t, Affine<>, Matrix>(cells.data(), Matrix(M, N), to),
               std::span(reinterpret_cast<std::byte*>(workspace.data()), workspace.size() * 64));
        for (std::size_t i = 0; i < M; ++i) {
            for (std::size_t j = 0; j < N; ++j) {
                const std::int32_t code = oracle::tflite(want[i * N + j], 0.01f, 0.02f, 0.2f, 9, -128, 127);
                tally.same(y(i, j), code, M, N, K, i, j);
                tally.same(again(i, j), code, M, N, K, i, j);
                tally.same(cells[i * N + j], code, M, N, K, i, j);
            }
        }
    }
}

}  // namespace

TEST_CASE("static and dynamic extents give equal codes") {
    Tally tally;
    static_and_dynamic<1, 1, 1>(tally);
    static_and_dynamic<3, 17, 5>(tally);
    static_and_dynamic<7, 40, 33>(tally);
    static_and_dynamic<2, 64, 16>(tally);
    static_and_dynamic<13, 65, 7>(tally);
    static_and_dynamic<4, 81, 12, std::uint8_t, std::uint8_t>(tally);
    tally.require_all_equal(1000);
}

TEST_CASE("16-bit operands run on a kernel where int32 holds their sums, and on the scalar reference otherwise") {
    const std::int16_t xs[] = {-32768, 32767, 5}, ws[] = {-1, 1, 3};
    const auto y = matmul(QTensor<const std::int16_t, PerTensor<>, Shape<1, 3>>(xs, {}),
                          QTensor<const std::int16_t, PerTensor<>, Shape<1, 3>>(ws, {}));
    STATIC_REQUIRE(std::is_same_v<decltype(y)::element_type, std::int64_t>);  // 3 * 2^30 is beyond int32
    CHECK(y(0, 0) == 32768 + 32767 + 15);
    const std::int8_t w8[] = {-128, -128, 127};
    const auto z = matmul(QTensor<const std::int16_t, PerTensor<>, Shape<1, 3>>(xs, {}),
                          QTensor<const std::int8_t, PerTensor<>, Shape<1, 3>>(w8, {}));
    STATIC_REQUIRE(std::is_same_v<decltype(z)::element_type, std::int32_t>);
    CHECK(z(0, 0) == 128 + 5 * 127);
}

TEST_CASE("the default accumulator is the narrowest of int32 and int64 that the types prove") {
    const auto accumulator = []<std::size_t K, class X, class W, class XScale, class WScale>() {
        using Packed = PackedWeights<arch::scalar, X, W, WScale, 1, K>;
        return sizeof(typename BoundLinear<Packed, XScale, void>::accumulator);
    };
    using P = PerTensor<>;
    using A = Affine<>;
    // NUMERICS C7: 131071 for int8 x int8, 133144 for [-127, 127] on both sides, 66311 for TFLite's convolutions
    CHECK(accumulator.operator()<131071, std::int8_t, std::int8_t, P, P>() == 4);
    CHECK(accumulator.operator()<131072, std::int8_t, std::int8_t, P, P>() == 8);
    CHECK(accumulator.operator()<133144, int8_symmetric, int8_symmetric, P, P>() == 4);
    CHECK(accumulator.operator()<133145, int8_symmetric, int8_symmetric, P, P>() == 8);
    CHECK(accumulator.operator()<66311, std::int8_t, int8_symmetric, A, P>() == 4);
    CHECK(accumulator.operator()<66312, std::int8_t, int8_symmetric, A, P>() == 8);
    CHECK(accumulator.operator()<65793, std::uint8_t, std::int8_t, P, P>() == 4);
    CHECK(accumulator.operator()<65794, std::uint8_t, std::int8_t, P, P>() == 8);
    CHECK(accumulator.operator()<33025, std::int8_t, std::int8_t, A, A>() == 4);
    CHECK(accumulator.operator()<33026, std::int8_t, std::int8_t, A, A>() == 8);
}

TEST_CASE("a depth beyond int32 is summed in int64, exactly") {
    static constexpr std::size_t k = 131072;
    const std::vector<std::int8_t> xs(k, -128), ws(k, -128);
    const QTensor<const std::int8_t, PerTensor<>, Shape<1, k>> rows(ws.data(), {});
    const auto y = matmul(QTensor<const std::int8_t, PerTensor<>, Shape<1, k>>(xs.data(), {}),
                          pack<arch::scalar, std::int8_t>(rows));
    STATIC_REQUIRE(std::is_same_v<decltype(y)::element_type, std::int64_t>);
    CHECK(y(0, 0) == std::int64_t{1} << 31);
    // Two zero points halve the depth twice: 33100 * 255 * 255 needs int64 although the codes would fit the kernels.
    static constexpr std::size_t half = 33100;
    const std::vector<std::int8_t> high(half, 127);
    using Offset = QTensor<const std::int8_t, Affine<>, Shape<1, half>>;
    const auto z = matmul(Offset(high.data(), {}, Affine<>{1.0f, -128}), Offset(high.data(), {}, Affine<>{1.0f, -128}));
    STATIC_REQUIRE(std::is_same_v<decltype(z)::element_type, std::int64_t>);
    CHECK(z(0, 0) == 2152327500);
}

TEST_CASE("matmul<std::int16_t> is proven by the row sums of the weights, at the bound and on both sides of it") {
    const std::int8_t xs[] = {-128, 127, 1};
    const auto product = [&](std::array<std::int8_t, 3> row, std::int32_t zero) {
        const QTensor<const std::int8_t, Affine<>, Shape<1, 3>> xt(xs, {}, Affine<>{1.0f, zero});
        const QTensor<const std::int8_t, PerTensor<>, Shape<1, 3>> wt(row.data(), {});
        return matmul<std::int16_t>(xt, wt)(0, 0);
    };
    CHECK(product({127, -90, 0}, 23) == -151 * 127 - 104 * 90);    // bound 151 * 217 = 32767
    CHECK(product({127, -127, 0}, -2) == -126 * 127 - 129 * 127);  // bound 129 * 254 = 32766
    CHECK(product({-128, 127, 0}, 0) == 128 * 128 + 127 * 127);    // bound 128 * 255 = 32640
    CHECK(
        says(refused([&] { (void)product({-128, 127, -1}, 0); }),  // bound 128 * 256 = 32768
             "the sums could overflow the accumulator: max|x - z| * max sum|w| + max|bias| is too large (value 32768, "
             "limit 32767)"));
}

TEST_CASE("matmul<std::int16_t> is deep where the weights are small") {
    static constexpr std::size_t k = 4000;
    std::vector<std::int8_t> xs(k), ws(k, 0);
    for (std::size_t i = 0; i < k; ++i) xs[i] = static_cast<std::int8_t>(i % 2 == 0 ? 127 : -128);
    for (std::size_t i = 0; i < 255; ++i) ws[i * 15] = i % 2 == 0 ? 1 : -1;
    const auto y = matmul<std::int16_t>(QTensor<const std::int8_t, PerTensor<>, Shape<1, k>>(xs.data(), {}),
                                        QTensor<const std::int8_t, PerTensor<>, Shape<1, k>>(ws.data(), {}));
    CHECK(y(0, 0) == 127 * 128 + 128 * 127);  // i * 15 is even where the weight is 1
}

TEST_CASE("stages follow int16 accumulators as they follow int32 ones") {
    constexpr auto narrow_bias = matmul<std::int16_t>(x, w, AddBias{bias}, Relu{});
    STATIC_REQUIRE(std::same_as<decltype(narrow_bias)::element_type, std::int16_t>);
    STATIC_REQUIRE((narrow_bias(0, 0) == 281 && narrow_bias(0, 1) == 0 && narrow_bias(0, 2) == 1002 &&
                    narrow_bias(1, 1) == 16501));
    constexpr auto narrow_codes =
        matmul<std::int16_t>(x, w, AddBias{bias}, Requantize<std::int8_t>{Affine<>{1.0f, -1}});
    STATIC_REQUIRE((narrow_codes(0, 0) == 34 && narrow_codes(0, 1) == -67 && narrow_codes(0, 2) == 127 &&
                    narrow_codes(1, 0) == -128));
    const auto running = matmul<std::int16_t>(x, w, AddBias{bias}, Requantize<std::int8_t>{Affine<>{1.0f, -1}});
    for (std::size_t i = 0; i < running.size(); ++i) CHECK(running.data()[i] == narrow_codes.data()[i]);
    // The bias takes part in the proof: 130 * (127 + 127) + 9 <= 32767 < 130 * 254 + 30000.
    static constexpr std::int32_t heavy[] = {7, -9, 30000};
    CHECK(says(refused([] {
                   static_cast<void>(
                       matmul<std::int16_t>(x, w, AddBias{QTensor<const std::int32_t, Unscaled, Shape<3>>(heavy, {})}));
               }),
               "the sums could overflow the accumulator"));
}

TEST_CASE("a product without outputs or rows is empty") {
    const QTensor<std::int8_t, PerTensor<>, Shape<0, 4>, Inline> nothing({}, PerTensor<>{1.0f});
    const auto no_columns = matmul(x, nothing);
    STATIC_REQUIRE(decltype(no_columns)::shape_type::static_extent(1) == 0);
    CHECK(no_columns.size() == 0);
    CHECK(matmul(nothing, nothing).size() == 0);
}

TEST_CASE("float products stay within k * 2^-24 * sum |x||w| of the exact ones") {
    const auto bounded = []<std::size_t M, std::size_t N, std::size_t K>() {
        oracle::Random random(K);
        std::vector<float> xs(M * K), ws(N * K);
        for (float& v : xs) v = random.real() * 100.0f;
        for (float& v : ws) v = random.real();
        const QTensor<const float, Unscaled, Shape<M, K>> xt(xs.data(), {});
        const QTensor<const float, Unscaled, Shape<N, K>> wt(ws.data(), {});
        const auto y = matmul(xt, wt);
        const auto scalar = matmul(xt, pack<arch::scalar, float>(wt));
        STATIC_REQUIRE(std::is_same_v<typename decltype(y)::element_type, float>);
        bool within = true;
        for (std::size_t i = 0; i < M; ++i) {
            for (std::size_t j = 0; j < N; ++j) {
                double exact = 0.0, size = 0.0;
                for (std::size_t d = 0; d < K; ++d) {
                    const double term = static_cast<double>(xs[i * K + d]) * static_cast<double>(ws[j * K + d]);
                    exact += term;
                    size += std::fabs(term);
                }
                const double bound = static_cast<double>(K) * std::ldexp(size, -24);
                within = within && std::fabs(static_cast<double>(y(i, j)) - exact) <= bound;
                within = within && std::fabs(static_cast<double>(scalar(i, j)) - exact) <= bound;
            }
        }
        CHECK(within);
    };
    bounded.operator()<1, 1, 1>();
    bounded.operator()<7, 17, 100>();
    bounded.operator()<13, 33, 67>();
    bounded.operator()<2, 70, 500>();
}

TEST_CASE("float products of whole numbers are exact, with bias and activation") {
    oracle::Random random(3);
    std::vector<float> xs(5 * 40), ws(19 * 40), bs(19);
    for (float& v : xs) v = static_cast<float>(random.between(-50, 50));
    for (float& v : ws) v = static_cast<float>(random.between(-50, 50));
    for (float& v : bs) v = static_cast<float>(random.between(-5000, 5000));
    const auto y = matmul(QTensor<const float, Unscaled, Shape<5, 40>>(xs.data(), {}),
                          QTensor<const float, Unscaled, Shape<19, 40>>(ws.data(), {}),
                          AddBias{QTensor<const float, Unscaled, Shape<19>>(bs.data(), {})}, Clamp{0.0f, 20000.0f});
    Tally tally;
    for (std::size_t i = 0; i < 5; ++i) {
        for (std::size_t j = 0; j < 19; ++j) {
            float sum = bs[j];
            for (std::size_t d = 0; d < 40; ++d) sum += xs[i * 40 + d] * ws[j * 40 + d];
            tally.same_bits(y(i, j), sum < 0.0f ? 0.0f : sum > 20000.0f ? 20000.0f : sum, i, j);
        }
    }
    tally.require_all_equal(95);
}
