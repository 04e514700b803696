// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/scale.hpp>

#include <cfenv>

#include "support/arches.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"
#include "support/stages.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Tally;

}  // namespace

TEST_CASE("accumulators become reals with two roundings, the same on every architecture") {
    const std::size_t n = 203;
    const auto values = qtensor_test::accumulators(n, 11, INT32_MAX);
    const float sx = 0.0123f, sw = 0.0456f;
    const Incoming<std::int32_t, dyn, Product<Affine<>, PerTensor<>>> in{
        {Affine<>{sx, -7}, PerTensor<>{sw}}, n, nullptr};
    const auto bound = bind_stages(in, Dequantize<float>{});
    STATIC_REQUIRE(std::is_same_v<decltype(bound)::element, float>);
    STATIC_REQUIRE(std::is_same_v<decltype(bound)::scale_type, Unscaled>);
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const auto got = qtensor_test::apply_stage<Arch>(bound, values);
        for (std::size_t c = 0; c < n; ++c) tally.same_bits(got[c], oracle::dequantized(values[c], sx, sw), values[c]);
    });
    tally.require_all_equal(203);
}

TEST_CASE("a scale per channel multiplies its own column, static or in BindMemory") {
    constexpr std::size_t n = 19;
    const auto values = qtensor_test::accumulators(n, 12, 100000);
    const float sx = 0.37f;
    PerChannel<n> scales{};
    for (std::size_t c = 0; c < n; ++c) scales.values[c] = 0.001f * static_cast<float>(c + 1);
    std::int32_t words[n]{};
    BindMemory memory(words, n);
    const auto fixed = bind_stages(
        Incoming<std::int32_t, n, Product<PerTensor<>, PerChannel<n>>>{{PerTensor<>{sx}, scales}, n, nullptr},
        Dequantize<float>{});
    const auto dynamic = bind_stages(
        Incoming<std::int32_t, dyn, Product<PerTensor<>, PerChannel<dyn>>>{
            {PerTensor<>{sx}, PerChannel<dyn>{scales.values.data()}}, n, &memory},
        Dequantize<float>{});
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const auto a = qtensor_test::apply_stage<Arch>(fixed, values);
        const auto b = qtensor_test::apply_stage<Arch>(dynamic, values);
        for (std::size_t c = 0; c < n; ++c) {
            const float want = oracle::dequantized(values[c], sx, scales.values[c]);
            tally.same_bits(a[c], want, c);
            tally.same_bits(b[c], want, c);
        }
    });
    tally.require_all_equal(2 * n);
}

TEST_CASE("codes become reals less their zero point") {
    const Incoming<std::int8_t, 1, Affine<>> in{Affine<>{0.5f, -100}, 1, nullptr};
    const auto bound = bind_stages(in, Dequantize<float>{});
    CHECK(bound(std::int32_t{-128}, Cell{}) == -14.0f);
    CHECK(bound(std::int32_t{127}, Cell{}) == 113.5f);
}

TEST_CASE("int64 accumulators are rounded to float once, then multiplied") {
    const Incoming<std::int64_t, 1, Product<PerTensor<>, PerTensor<>>> in{
        {PerTensor<>{0.1f}, PerTensor<>{0.3f}}, 1, nullptr};
    const auto bound = bind_stages(in, Dequantize<float>{});
    const std::int64_t value = (std::int64_t{1} << 40) + 12345;
    CHECK(bound(value, Cell{}) == oracle::dequantized(value, 0.1f, 0.3f));
}

#if !defined(NDEBUG)
TEST_CASE("a product that becomes real needs the rounding mode to nearest, one of integers does not") {
    const std::int8_t codes[4] = {1, 2, 3, 4};
    const QTensor<const std::int8_t, PerTensor<>, Shape<2, 2>> x(codes, {}, PerTensor<>{0.5f});
    const auto packed = pack<arch::scalar, std::int8_t>(x);
    const Linear real(packed, x.scale(), Dequantize<float>{});
    const Linear sums(packed, x.scale());
    QTensor<float, Unscaled, Shape<2, 2>, Inline> y({}, {});
    QTensor<std::int32_t, Product<PerTensor<>, PerTensor<>>, Shape<2, 2>, Inline> s({}, sums.output_scale());
    std::fesetround(FE_UPWARD);
    const std::string said = qtensor_test::refused([&] { real(x, y); });
    sums(x, s);
    std::fesetround(FE_TONEAREST);
    CHECK(qtensor_test::says(said, "the thread's rounding mode is not to nearest"));
    CHECK((s(0, 0) == 5 && s(0, 1) == 11 && s(1, 0) == 11 && s(1, 1) == 25));
}
#endif

TEST_CASE("half precision is the element of the result, stages in between see float") {
    const Incoming<std::int32_t, 1, Product<PerTensor<>, PerTensor<>>> in{
        {PerTensor<>{0.5f}, PerTensor<>{0.25f}}, 1, nullptr};
    const auto bound = bind_stages(in, Dequantize<float16>{}, Clamp{-1.0f, 1.0f});
    STATIC_REQUIRE(std::is_same_v<decltype(bound)::element, float16>);
    STATIC_REQUIRE(std::is_same_v<decltype(bound(std::int32_t{}, Cell{})), float>);
    CHECK(bound(std::int32_t{3}, Cell{}) == 0.375f);
    CHECK(bound(std::int32_t{300}, Cell{}) == 1.0f);
    STATIC_REQUIRE(std::is_same_v<decltype(bind_stages(in, Dequantize<bfloat16>{}))::element, bfloat16>);
}
