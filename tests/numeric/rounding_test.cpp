// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/rounding.hpp>

#include "support/catch.hpp"
#include "support/lane_checks.hpp"
#include "support/rounding_oracle.hpp"

#include <cfenv>

using namespace qtensor_test;
using qtensor::Ceil;
using qtensor::Floor;
using qtensor::HalfAway;
using qtensor::HalfEven;
using qtensor::HalfUp;
using qtensor::Stochastic;
using qtensor::TowardZero;

#define EVERY_ROUNDING Floor, Ceil, TowardZero, HalfEven, HalfAway, HalfUp

namespace {

std::vector<double> doubles() {
    std::vector<double> values;
    for (const float x : rounding_inputs(50000)) values.push_back(static_cast<double>(x));
    for (int eighths = -2400; eighths <= 2400; ++eighths) {
        values.push_back(std::nextafter(eighths / 8.0, -1e300));
        values.push_back(std::nextafter(eighths / 8.0, 1e300));
    }
    for (const double center : {2251799813685248.0, 4503599627370496.0, 9007199254740992.0}) {
        for (int i = -64; i <= 64; ++i) {
            values.push_back(center + i * 0.5);
            values.push_back(-center + i * 0.5);
        }
    }
    Random random(31);
    for (int i = 0; i < 200000; ++i) {
        values.push_back(std::bit_cast<double>(random.word()));
        values.push_back(static_cast<double>(random.int64()) / 1099511627776.0);
    }
    return values;
}

}  // namespace

TEMPLATE_TEST_CASE("Rounding a float equals its definition in double", "[numeric][rounding]", EVERY_ROUNDING) {
    Tally tally;
    const auto inputs = rounding_inputs(2000000);
    for (const float x : inputs)
        tally.same_real(static_cast<double>(TestType::round(x)), RoundingOracle<TestType>::real(static_cast<double>(x)),
                        x);
    tally.require_all_equal(4000000);
}

TEMPLATE_TEST_CASE("Rounding a double equals its definition", "[numeric][rounding]", EVERY_ROUNDING) {
    Tally tally;
    for (const double x : doubles()) tally.same_real(TestType::round(x), RoundingOracle<TestType>::real(x), x);
    tally.require_all_equal(400000);
}

TEMPLATE_TEST_CASE("Rounding lanes of floats equals rounding each of them", "[numeric][rounding]", EVERY_ROUNDING) {
    using V = qtensor::lanes<float, qtensor::arch::native>;
    lanes_equal_scalar<V, float, Equal::value>(
        rounding_inputs(500000), [](V x) { return TestType::round(x); },
        [](float x) { return static_cast<float>(RoundingOracle<TestType>::real(static_cast<double>(x))); });
#if defined(__AVX2__) && !defined(QTENSOR_NO_SIMD)
    using Narrow = qtensor::lanes<float, qtensor::arch::avx2>;
    lanes_equal_scalar<Narrow, float, Equal::value>(
        rounding_inputs(500000), [](Narrow x) { return TestType::round(x); },
        [](float x) { return static_cast<float>(RoundingOracle<TestType>::real(static_cast<double>(x))); });
#endif
}

TEMPLATE_TEST_CASE("No rounding depends on the thread's rounding mode", "[numeric][rounding]", EVERY_ROUNDING) {
    using V = qtensor::lanes<float, qtensor::arch::native>;
    constexpr std::size_t width = sizeof(V) / sizeof(float);
    const auto inputs = rounding_inputs(20000);
    std::vector<float> want(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i)
        want[i] = static_cast<float>(RoundingOracle<TestType>::real(static_cast<double>(inputs[i])));
    const int before = std::fegetround();
    for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
        std::vector<float> one(inputs.size());
        std::vector<float> many;
        REQUIRE(std::fesetround(mode) == 0);
        for (std::size_t i = 0; i < inputs.size(); ++i) one[i] = TestType::round(inputs[i]);
        for (std::size_t i = 0; i < inputs.size(); i += width) {
            const V lanes = TestType::round(pack<V>(inputs.data() + i, std::min(width, inputs.size() - i)));
            for (const float x : unpack<float>(lanes)) many.push_back(x);
        }
        std::fesetround(before);
        Tally tally;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            tally.same_real(static_cast<double>(one[i]), static_cast<double>(want[i]), inputs[i], mode);
            tally.same_real(static_cast<double>(many[i]), static_cast<double>(want[i]), inputs[i], mode);
        }
        tally.require_all_equal(static_cast<long long>(2 * inputs.size()));
    }
}

TEMPLATE_TEST_CASE("Dividing an integer by a power of two equals exact division", "[numeric][rounding]",
                   EVERY_ROUNDING) {
    Tally tally;
    const auto check = [&](std::int64_t x, int shift) {
        const int128 want = RoundingOracle<TestType>::quotient(x, int128{1} << shift);
        tally.same(TestType::divide(x, shift), static_cast<long long>(want), x, shift);
    };
    for (int shift = 0; shift <= 12; ++shift) {
        for (std::int64_t x = -5000; x <= 5000; ++x) check(x, shift);
    }
    Random random(32);
    for (int shift = 0; shift <= 62; ++shift) {
        const std::int64_t half = shift == 0 ? 1 : std::int64_t{1} << (shift - 1);
        for (std::int64_t halves = -9; halves <= 9; ++halves) {  // ties, whole numbers, and both neighbours
            const int128 center = int128{halves} * half;
            if (center <= INT64_MIN || center >= INT64_MAX) continue;
            for (std::int64_t off = -1; off <= 1; ++off) check(static_cast<std::int64_t>(center) + off, shift);
        }
        for (const std::int64_t x : {INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1}) check(x, shift);
        for (int i = 0; i < 5000; ++i) check(random.int64() >> random.between(0, 62), shift);
    }
    tally.require_all_equal(13 * 10001 + 63 * 5004);
}

TEMPLATE_TEST_CASE("The integer and the real form of a rounding agree", "[numeric][rounding]", EVERY_ROUNDING) {
    Tally tally;
    for (int shift = 0; shift <= 10; ++shift) {
        for (std::int64_t x = -4096; x <= 4096; ++x) {
            const double quotient = std::ldexp(static_cast<double>(x), -shift);
            const auto whole = static_cast<long long>(TestType::round(quotient));
            tally.same(TestType::divide(x, shift), whole, x, shift);
            tally.same(static_cast<long long>(TestType::round(static_cast<float>(quotient))), whole, x, shift);
        }
    }
    tally.require_all_equal(2 * 11 * 8193);
}

TEST_CASE("Literal ties of every rounding, at compile time", "[numeric][rounding]") {
    const auto rounds = [](auto rounding, std::array<float, 8> want) {
        constexpr std::array<float, 8> x{-2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f, -0.75f, 0.75f};
        for (std::size_t i = 0; i < 8; ++i) {
            INFO("x = " << x[i]);
            CHECK(rounding.round(x[i]) == want[i]);
            CHECK(rounding.divide(static_cast<std::int64_t>(x[i] * 4.0f), 2) == static_cast<std::int64_t>(want[i]));
        }
    };
    rounds(Floor{}, {-3, -2, -1, 0, 1, 2, -1, 0});
    rounds(Ceil{}, {-2, -1, 0, 1, 2, 3, 0, 1});
    rounds(TowardZero{}, {-2, -1, 0, 0, 1, 2, 0, 0});
    rounds(HalfEven{}, {-2, -2, 0, 0, 2, 2, -1, 1});
    rounds(HalfAway{}, {-3, -2, -1, 1, 2, 3, -1, 1});
    rounds(HalfUp{}, {-2, -1, 0, 1, 2, 3, -1, 1});
    STATIC_REQUIRE(qtensor::detail::must_be_rounding_policy<HalfAway>());
    STATIC_REQUIRE(HalfAway::round(-0.5f) == -1.0f);
    STATIC_REQUIRE(HalfAway::round(0.49999997f) == 0.0f);
    STATIC_REQUIRE(HalfAway::round(-8388607.5) == -8388608.0);
    STATIC_REQUIRE(HalfUp::round(-0.5) == 0.0);
    STATIC_REQUIRE(HalfUp::round(0.49999999999999994) == 0.0);
    STATIC_REQUIRE(HalfEven::divide(-3, 1) == -2);
    STATIC_REQUIRE(HalfAway::divide(-3, 1) == -2);
    STATIC_REQUIRE(HalfUp::divide(-3, 1) == -1);
    STATIC_REQUIRE(HalfUp::divide(INT64_MAX, 0) == INT64_MAX);
}

namespace {

/// SplitMix64 as its author publishes it: the i-th number of the stream that starts at `seed`.
std::uint64_t split_mix(std::uint64_t seed, std::uint64_t index) {
    std::uint64_t state = seed;
    std::uint64_t z = 0;
    for (std::uint64_t i = 0; i <= index; ++i) {
        z = (state += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        z = z ^ (z >> 31);
    }
    return z;
}

}  // namespace

TEST_CASE("Stochastic rounding goes up where the fraction exceeds its draw", "[numeric][rounding]") {
    // The upper 24 bits of the first numbers of SplitMix64 from seed 0.
    constexpr std::uint32_t draws[]{0xe220a8, 0x6e789e, 0x06c45d, 0xf88bb8, 0x1b3989};
    const Stochastic rounding{};
    for (std::size_t i = 0; i < 5; ++i) {
        const float draw = static_cast<float>(draws[i]) / 16777216.0f;
        const float above = static_cast<float>(draws[i] + 1u) / 16777216.0f;
        CHECK(rounding.round(draw, i) == 0.0f);
        CHECK(rounding.round(above, i) == 1.0f);
        CHECK(rounding.round(static_cast<double>(draw) + 7.0, i) == 7.0);
        CHECK(rounding.round(static_cast<double>(above) + 7.0, i) == 8.0);
        CHECK(rounding.round(static_cast<double>(draw) - 3.0, i) == -3.0);
        CHECK(rounding.round(static_cast<double>(above) - 3.0, i) == -2.0);
    }
    STATIC_REQUIRE(Stochastic{}.round(0.9f, 0) == 1.0f);
    STATIC_REQUIRE(Stochastic{}.round(0.8f, 0) == 0.0f);

    Random random(33);
    Tally tally;
    for (int i = 0; i < 20000; ++i) {
        const std::uint64_t seed = random.word();
        const auto index = static_cast<std::size_t>(random.between(0, 40));
        const double draw = std::floor(static_cast<double>(split_mix(seed, index) >> 11) / 536870912.0) / 16777216.0;
        const float x = random.real(-100.0, 100.0);
        const double floor = std::floor(static_cast<double>(x));
        // x - floor in float, as the policy sees it: for -1/2 < x < 0 it is rounded.
        const volatile float fraction = x - static_cast<float>(floor);
        tally.same_real(static_cast<double>(Stochastic{seed}.round(x, index)),
                        static_cast<double>(fraction) > draw ? floor + 1.0 : floor, x, seed, index);
    }
    tally.require_all_equal(20000);
}

TEST_CASE("Stochastic rounding has no bias, and a whole number is never moved", "[numeric][rounding]") {
    constexpr int count = 400000;
    for (const float x : {0.25f, -0.25f, 3.9f, -7.5f}) {
        double sum = 0.0;
        for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(Stochastic{12345}.round(x, i));
        // Five standard deviations of the mean of a coin.
        CHECK_THAT(sum / count, Catch::Matchers::WithinAbs(static_cast<double>(x), 5.0 * 0.5 / std::sqrt(count)));
        double over_seeds = 0.0;
        for (std::uint64_t seed = 0; seed < count; ++seed)
            over_seeds += static_cast<double>(Stochastic{seed}.round(x, 3));
        CHECK_THAT(over_seeds / count,
                   Catch::Matchers::WithinAbs(static_cast<double>(x), 5.0 * 0.5 / std::sqrt(count)));
    }
    Tally tally;
    for (std::size_t i = 0; i < 10000; ++i) {
        for (const float whole : {0.0f, -3.0f, 127.0f, 8388608.0f, -1e20f})
            tally.same_real(static_cast<double>(Stochastic{i}.round(whole, i)), static_cast<double>(whole), i);
        const float infinity = std::numeric_limits<float>::infinity();
        tally.same_real(static_cast<double>(Stochastic{i}.round(-infinity, i)), -static_cast<double>(infinity), i);
        tally.same_real(static_cast<double>(Stochastic{i}.round(std::nanf(""), i)), std::nan(""), i);
    }
    tally.require_all_equal(70000);
}

namespace {
struct FloatOnly {
    static float round(float x) { return x; }
};
struct MyRounding {
    template <class F> static F round(F x) { return x; }
};
}  // namespace

TEST_CASE("A rounding policy rounds floats and doubles, alone or by index", "[numeric][rounding]") {
    using qtensor::RoundingPolicy;
    STATIC_REQUIRE(RoundingPolicy<Floor>);
    STATIC_REQUIRE(RoundingPolicy<Ceil>);
    STATIC_REQUIRE(RoundingPolicy<TowardZero>);
    STATIC_REQUIRE(RoundingPolicy<HalfEven>);
    STATIC_REQUIRE(RoundingPolicy<HalfAway>);
    STATIC_REQUIRE(RoundingPolicy<HalfUp>);
    STATIC_REQUIRE(RoundingPolicy<Stochastic>);
    STATIC_REQUIRE(RoundingPolicy<MyRounding>);
    STATIC_REQUIRE_FALSE(RoundingPolicy<FloatOnly>);
    STATIC_REQUIRE_FALSE(RoundingPolicy<int>);
    STATIC_REQUIRE(qtensor::detail::rounds_alone<HalfEven>);
    STATIC_REQUIRE_FALSE(qtensor::detail::rounds_alone<Stochastic>);
    STATIC_REQUIRE(qtensor::detail::rounds_by_index<Stochastic>);
    STATIC_REQUIRE_FALSE(qtensor::detail::rounds_by_index<HalfEven>);
}
