// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/fixed_point.hpp>

#include "support/catch.hpp"
#include "support/fixed_point_oracle.hpp"
#include "support/npy.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

#include <cfloat>

using namespace qtensor_test;
using Catch::Matchers::StartsWith;
using qtensor::fixed_point;
using qtensor::FixedPoint;

namespace {

void check(Tally& tally, double real) {
    const auto want = quantize_multiplier(real);
    const FixedPoint got = fixed_point(real);
    tally.same(got.mantissa, want[0], real);
    tally.same(got.shift, want[1], real);
}

}  // namespace

TEST_CASE("Multipliers of known reals", "[numeric][fixed_point]") {
    STATIC_REQUIRE(fixed_point(0.0) == FixedPoint{0, 0});
    STATIC_REQUIRE(fixed_point(-0.0) == FixedPoint{0, 0});
    STATIC_REQUIRE(fixed_point(1.0) == FixedPoint{1 << 30, 1});
    STATIC_REQUIRE(fixed_point(0.5) == FixedPoint{1 << 30, 0});
    STATIC_REQUIRE(fixed_point(0.75) == FixedPoint{3 << 29, 0});
    STATIC_REQUIRE(fixed_point(3.0) == FixedPoint{3 << 29, 2});
    STATIC_REQUIRE(fixed_point(1.0 / 3.0) == FixedPoint{1431655765, -1});
    STATIC_REQUIRE(fixed_point(0.1) == FixedPoint{1717986918, -3});
    // The tie: f * 2^31 = 2^30 + 1/2 goes up; a little less goes down.
    STATIC_REQUIRE(fixed_point(0.5 + 0x1p-32) == FixedPoint{(1 << 30) + 1, 0});
    STATIC_REQUIRE(fixed_point(0.5 + 0x1p-32 - 0x1p-53) == FixedPoint{1 << 30, 0});
    // A mantissa that would be 2^31 becomes 2^30, one exponent higher.
    STATIC_REQUIRE(fixed_point(1.0 - 0x1p-53) == FixedPoint{1 << 30, 1});
    STATIC_REQUIRE(fixed_point(1.0 - 0x1p-32) == FixedPoint{1 << 30, 1});
    STATIC_REQUIRE(fixed_point(1.0 - 0x1.8p-32) == FixedPoint{2147483647, 0});
    // The ends: 2^-32 is the smallest, and what rounds up to it.
    STATIC_REQUIRE(fixed_point(0x1p-32) == FixedPoint{1 << 30, -31});
    STATIC_REQUIRE(fixed_point(0x1p-32 - 0x1p-85) == FixedPoint{1 << 30, -31});
    STATIC_REQUIRE(fixed_point(0x1.fffffffp-33) == FixedPoint{0, 0});
    STATIC_REQUIRE(fixed_point(0x1p-33) == FixedPoint{0, 0});
    STATIC_REQUIRE(fixed_point(DBL_TRUE_MIN) == FixedPoint{0, 0});
    STATIC_REQUIRE(fixed_point(DBL_MIN) == FixedPoint{0, 0});
    STATIC_REQUIRE(fixed_point(2147483647.0) == FixedPoint{2147483647, 31});
    STATIC_REQUIRE(fixed_point(1073741824.0) == FixedPoint{1 << 30, 31});
}

TEST_CASE("A multiplier is frexp and llround", "[numeric][fixed_point]") {
    Tally tally;
    Random random(51);
    for (int exponent = -40; exponent <= 30; ++exponent) {
        for (int i = 0; i < 5000; ++i) check(tally, std::ldexp(1.0 + random.unit(), exponent));
        for (int i = -40; i <= 40; ++i) {  // around a power of two, in units of the 53rd, 33rd, 32nd and 31st bit
            for (const int bits : {52, 32, 31, 30}) check(tally, std::ldexp(1.0 + std::ldexp(i, -bits), exponent));
        }
        for (int i = 0; i < 500; ++i) {  // ties of the mantissa and their neighbours
            const double tie = std::ldexp(static_cast<double>(random.between(1 << 30, INT32_MAX)) + 0.5, exponent - 30);
            for (const double real : {std::nextafter(tie, 0.0), tie, std::nextafter(tie, 1e300)}) {
                if (real < 2147483648.0) check(tally, real);
            }
        }
    }
    for (const double scale : {1.0 / 255.0, 1.0 / 127.0, 0.00784313725490196, 0.0111111113802}) {
        for (int i = 1; i < 1000; ++i) check(tally, scale * i / 77.0);
    }
    tally.require_all_equal(2 * 71 * (5000 + 324 + 1000));
}

TEST_CASE("A multiplier's mantissa is normalised and its value within half a unit", "[numeric][fixed_point]") {
    Tally tally;
    Random random(52);
    for (int i = 0; i < 200000; ++i) {
        const double real = std::ldexp(1.0 + random.unit(), static_cast<int>(random.between(-32, 29)));
        const FixedPoint m = fixed_point(real);
        tally.same(m.mantissa >= 1 << 30, true, real);
        const double value = std::ldexp(static_cast<double>(m.mantissa), m.shift - 31);
        tally.same(std::fabs(value - real) <= std::ldexp(0.5, m.shift - 31), true, real);
    }
    tally.require_all_equal(400000);
}

TEST_CASE("A multiplier that is negative, too large or no number is refused", "[numeric][fixed_point]") {
    const auto sentence = [](int value) {
        return StartsWith("a requantization multiplier is in [0, 2^31) (value " + std::to_string(value) + ", limit 0)");
    };
    CHECK_THROWS_WITH(fixed_point(-1e-300), sentence(-1));
    CHECK_THROWS_WITH(fixed_point(-1.0), sentence(-1));
    CHECK_THROWS_WITH(fixed_point(2147483648.0), sentence(1));
    CHECK_THROWS_WITH(fixed_point(std::numeric_limits<double>::infinity()), sentence(1));
    CHECK_THROWS_WITH(fixed_point(-std::numeric_limits<double>::infinity()), sentence(-1));
    CHECK_THROWS_WITH(fixed_point(std::numeric_limits<double>::quiet_NaN()), sentence(-1));
    CHECK(fixed_point(2147483647.0).shift == 31);
}

TEST_CASE("A multiplier's shift is one that lanes can shift by", "[numeric][fixed_point]") {
    const auto shift = [](double real) {  // [2^31 - 1/2, 2^31) rounds up to 2^31
        try {
            return fixed_point(real).shift;
        } catch (const PreconditionFailed&) {
            return 0;
        }
    };
    CHECK(shift(std::nextafter(2147483648.0, 0.0)) <= 31);
}

TEST_CASE("Multipliers equal those that TFLite computed", "[numeric][fixed_point][vectors]") {
    const auto cases = vector_cases("fixedpoint", "quantize_multiplier");
    if (cases.empty()) WARN("the vectors of quantize_multiplier are absent: skipped");
    for (const auto& folder : cases) {
        const auto real = read_npy<double>(folder / "real.npy");
        const auto multiplier = read_npy<std::int32_t>(folder / "multiplier.npy");
        const auto shift = read_npy<std::int32_t>(folder / "shift.npy");
        REQUIRE((real.size() == multiplier.size() && real.size() == shift.size()));
        Tally tally;
        for (std::size_t i = 0; i < real.size(); ++i) {
            tally.same(fixed_point(real[i]).mantissa, multiplier[i], real[i]);
            tally.same(fixed_point(real[i]).shift, shift[i], real[i]);
        }
        tally.require_all_equal(2 * 4007);
    }
}

TEST_CASE("A multiplier of 0 is 0, while the program runs too", "[numeric][fixed_point]") {
    double zero = 0.0;
    CHECK(fixed_point(zero) == FixedPoint{});
    CHECK(fixed_point(-zero) == FixedPoint{});
}
