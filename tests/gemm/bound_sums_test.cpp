// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/add_bias.hpp>
#include <qtensor/gemm/bound_sums.hpp>
#include <qtensor/gemm/requantize.hpp>

#include <concepts>
#include <cstdint>

#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;

namespace {

/// Weights as a bound sum sees them: facts, no numbers.
template <class X, class W, std::size_t K, class S = PerTensor<>> struct Facts {
    using x_element = X;
    using w_element = W;
    using scale_type = S;
    static constexpr std::size_t static_n = 2, static_k = K;
    std::uint64_t magnitude = 0;
    static constexpr std::size_t n() { return 2; }
    constexpr S scale() const { return {}; }
    constexpr std::uint64_t row_magnitude() const { return magnitude; }
};

template <class X, class W, std::size_t K, class Acc = void> using Sums = BoundSums<Facts<X, W, K>, Affine<>, Acc>;
using i8 = std::int8_t;
using Bias = QTensor<std::int32_t, Unscaled, Shape<2>, Inline>;

}  // namespace

TEST_CASE("The accumulator is the narrowest that the types prove", "[gemm][bound_sums]") {
    // 255 * 127 * 66311 = 2147481735 <= 2^31 - 1 < 255 * 127 * 66312
    STATIC_REQUIRE(std::same_as<Sums<i8, int8_symmetric, 66311>::Sum, std::int32_t>);
    STATIC_REQUIRE(std::same_as<Sums<i8, int8_symmetric, 66312>::Sum, std::int64_t>);
    STATIC_REQUIRE(std::same_as<Sums<i8, i8, dyn>::Sum, std::int32_t>);            // proven when bound
    STATIC_REQUIRE(std::same_as<Sums<std::int16_t, i8, dyn>::Sum, std::int64_t>);  // rarely provable: wide
    STATIC_REQUIRE(std::same_as<Sums<i8, i8, 4, std::int16_t>::accumulator, std::int16_t>);
    STATIC_REQUIRE(std::same_as<Sums<i8, i8, 4, std::int16_t>::Sum, std::int32_t>);
    STATIC_REQUIRE(std::same_as<BoundSums<Facts<float, float, 9>, Unscaled, void>::Sum, float>);
}

TEST_CASE("The sums are proven when they are bound, to the last unit", "[gemm][bound_sums]") {
    const Affine<> zero_at_100{0.5f, 100};  // |x - z| is 228 at most
    const auto bind = [&](std::uint64_t magnitude, std::int32_t bias) {
        return refused([&] {
            const Facts<i8, i8, dyn> weights{magnitude};
            Bias b{};
            b(1) = bias;
            const BoundSums<Facts<i8, i8, dyn>, Affine<>, void, AddBias<Bias>> sums(weights, zero_at_100, {},
                                                                                    AddBias{b});
        });
    };
    constexpr std::uint64_t most = 2147483647u / 228u;  // 9418787, which leaves 211
    CHECK(bind(most, 211) == "nothing was refused");
    CHECK(bind(most, -211) == "nothing was refused");
    CHECK(says(bind(most, 212), "the sums could overflow the accumulator"));
    CHECK(says(bind(most, -212), "the sums could overflow the accumulator"));
    CHECK(says(bind(most + 1, 0), "the sums could overflow the accumulator"));
}

TEST_CASE("The zero point's distance to either end of the codes counts", "[gemm][bound_sums]") {
    const auto bind = [](auto element, std::int32_t zero, std::uint64_t magnitude) {
        using X = decltype(element);
        return refused([&] {
            const Facts<X, i8, dyn> weights{magnitude};
            const BoundSums<Facts<X, i8, dyn>, Affine<>, void> sums(weights, Affine<>{0.5f, zero}, {});
        });
    };
    const auto reach_is = [&](auto element, std::int32_t zero, std::uint64_t reach) {
        const std::uint64_t most = 2147483647u / reach;
        CHECK(bind(element, zero, most) == "nothing was refused");
        CHECK(says(bind(element, zero, most + 1), "the sums could overflow the accumulator"));
    };
    reach_is(i8{}, -128, 255);
    reach_is(i8{}, -100, 227);
    reach_is(i8{}, -1, 128);
    reach_is(i8{}, 0, 128);
    reach_is(i8{}, 127, 255);
    reach_is(std::uint8_t{}, 0, 255);
    reach_is(std::uint8_t{}, 200, 200);
    reach_is(std::uint8_t{}, 300, 300);  // outside the codes
    reach_is(i8{}, -1000, 1127);
}

TEST_CASE("A multiplier above one limits the sums too, to the last unit", "[gemm][bound_sums]") {
    const auto bind = [&](std::uint64_t magnitude, std::int32_t bias, float output) {
        return refused([&] {
            const Facts<i8, i8, dyn> weights{magnitude};
            Bias b{};
            b(1) = bias;
            const BoundSums<Facts<i8, i8, dyn>, Affine<>, void, AddBias<Bias>, Requantize<i8>> sums(
                weights, Affine<>{1.0f, 0}, {}, AddBias{b}, Requantize<i8>{Affine<>{output, 0}});
        });
    };
    // M = 4.5 = 0.5625 * 2^3: accumulators up to (2^31 - 1) / 8 = 268435455 may be shifted; |x| is 128 at most.
    constexpr std::uint64_t most = 268435455u / 128u;  // 2097151, which leaves 127
    CHECK(bind(most, 127, 1.0f / 4.5f) == "nothing was refused");
    CHECK(says(bind(most, -128, 1.0f / 4.5f), "the sums could be too large for the requantization"));
    CHECK(says(bind(most + 1, 0, 1.0f / 4.5f), "the sums could be too large for the requantization"));
    CHECK(bind(most + 1, 0, 4.5f) == "nothing was refused");
}

TEST_CASE("Bound sums carry scales, outputs and stages", "[gemm][bound_sums]") {
    Bias b{};
    b(0) = -40;
    b(1) = 1000;
    constexpr Facts<i8, i8, 4> weights{100};
    const BoundSums<Facts<i8, i8, 4>, Affine<>, void, AddBias<Bias>, Requantize<i8>> sums(
        weights, Affine<>{0.5f, 3}, {}, AddBias{b}, Requantize<i8>{Affine<>{2.0f, 7}});
    CHECK(sums.input_scale() == Affine<>{0.5f, 3});
    CHECK(sums.output_scale() == Affine<>{2.0f, 7});
    CHECK(sums.n() == 2);
    CHECK(sums.epilogue()(std::int32_t{80}, Cell{0, 0, 1}) == 17);   // (80 - 40) * 0.5 / 2 + 7
    CHECK(sums.epilogue()(std::int32_t{80}, Cell{0, 1, 1}) == 127);  // (80 + 1000) / 4 + 7 saturates
}

TEST_CASE("Only elements that promise a range have their codes checked", "[gemm][bound_sums]") {
    const std::int8_t codes[] = {-127, 127, -128, 5, 6, -128};
    const Sums<int8_symmetric, i8, 2> narrow({}, Affine<>{1.0f, 0}, {});
    CHECK(refused([&] { narrow.check_range(codes, 2, 2, 3); }) == "nothing was refused");  // rows at 0 and 3
    CHECK(refused([&] { narrow.check_range(codes, 1, 2, 2); }) ==
          "nothing was refused");  // neither row nor code behind
    CHECK(says(refused([&] { narrow.check_range(codes, 2, 1, 2); }), "outside the range that its element type"));
    CHECK(says(refused([&] { narrow.check_range(codes, 1, 3, 3); }), "outside the range that its element type"));
    CHECK(says(refused([&] { narrow.check_range(codes, 2, 3, 3); }), "outside the range that its element type"));
    CHECK(says(refused([&] { narrow.check_range(codes, 1, 3, 3); }), "(value -128, limit -127)"));
    const std::int8_t high[] = {64};
    const Sums<Ranged<i8, -64, 63>, i8, 1> half({}, Affine<>{1.0f, 0}, {});
    CHECK(says(refused([&] { half.check_range(high, 1, 1, 1); }), "(value 64, limit 63)"));
    const Sums<i8, i8, 2> whole({}, Affine<>{1.0f, 0}, {});
    CHECK(refused([&] { whole.check_range(codes, 2, 3, 3); }) == "nothing was refused");
}
