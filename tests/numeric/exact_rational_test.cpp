// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/exact_rational.hpp>

#include "support/catch.hpp"
#include "support/dialect_checks.hpp"
#include "support/refused.hpp"

using namespace qtensor_test;
using namespace qtensor;

namespace {

/// round(acc * x * w / y) by 128-bit integers: the significands are integers, the rest is a power of two.
template <class Rounding> int128 exact(std::int32_t acc, float x, float w, float y) {
    int ex = 0;
    int ew = 0;
    int ey = 0;
    const auto mx = static_cast<std::int64_t>(std::ldexp(std::frexp(x, &ex), 24));
    const auto mw = static_cast<std::int64_t>(std::ldexp(std::frexp(w, &ew), 24));
    const auto my = static_cast<std::int64_t>(std::ldexp(std::frexp(y, &ey), 24));
    const int shift = ey - ex - ew + 24;
    const int128 numerator = int128{acc} * mx * mw;
    if (shift > 90) return RoundingOracle<Rounding>::quotient(numerator == 0 ? 0 : numerator > 0 ? 1 : -1, 8);
    int128 denominator = my;
    if (shift <= 100) denominator <<= shift;
    return RoundingOracle<Rounding>::quotient(numerator, denominator);
}

template <class Rounding> void equals_exact_division() {
    using D = ExactRational<Rounding>;
    Random random(96);
    DialectCases<D> cases;
    std::vector<std::array<float, 3>> scales;
    for (int i = 0; i < 600; ++i) scales.push_back(layer_scales(random));
    for (int i = 0; i < 400; ++i) {
        const auto draw = [&] { return std::ldexp(random.real(1.0, 2.0), static_cast<int>(random.between(-15, 6))); };
        scales.push_back({draw(), draw(), std::ldexp(random.real(1.0, 2.0), static_cast<int>(random.between(-9, 12)))});
    }
    for (const auto& s : std::vector<std::array<float, 3>>{{0.5f, 1.0f, 1.0f},
                                                           {1.0f, 1.0f, 2.0f},
                                                           {1.0f, 1.0f, 3.0f},
                                                           {1.0f, 1.0f, 6.0f},
                                                           {3.0f, 1.0f, 4.0f},
                                                           {0.0111111113802f, 1.0f, 1.0f},
                                                           {0x1.fffffep0f, 0x1.fffffep0f, 1.0f},
                                                           {1.0f, 1.0f, 0x1.fffffep0f},
                                                           {0x1p-30f, 0x1p-30f, 1.0f},
                                                           {FLT_TRUE_MIN, 1.0f, FLT_TRUE_MIN},
                                                           {FLT_MIN, 0x1.8p-20f, FLT_MIN / 4}}) {
        for (int i = 0; i < 8; ++i) scales.push_back(s);
    }
    Tally tally;
    for (const auto& [x, w, y] : scales) {
        DialectCases<D> here;
        add_accumulators(here, D::derive(x, w, y), random, 9, 10);
        for (int i = 0; i < 4; ++i) {  // near ties
            const double half = static_cast<double>(random.between(-130, 130)) + 0.5;
            const double acc = half * static_cast<double>(y) / static_cast<double>(x) / static_cast<double>(w);
            if (std::fabs(acc) < 2e9) here.push_back({static_cast<std::int32_t>(std::lround(acc)), here[0].words});
        }
        for (const auto& c : here) {
            const CodeRange range = code_ranges[static_cast<std::size_t>(c.acc & 7)];
            const int128 want = exact<Rounding>(c.acc, x, w, y) + range.zero_point;
            tally.same(D::apply(c.acc, c.words, range),
                       static_cast<long long>(std::clamp<int128>(want, range.lowest, range.highest)), c.acc, x, w, y);
        }
        cases.insert(cases.end(), here.begin(), here.end());
    }
    tally.require_all_equal(100000);
    // Lanes against one value, whose answers are checked above.
    dialect_equals(
        cases,
        [](std::int32_t acc, const auto& words, std::int32_t zero) {
            return int128{D::apply(acc, words, CodeRange{zero, -2000000, 2000000})};
        },
        100000);
}

}  // namespace

TEST_CASE("The exact rule rounds the rational number once", "[numeric][exact]") {
    equals_exact_division<HalfEven>();
    equals_exact_division<Floor>();
    equals_exact_division<HalfAway>();
}

TEST_CASE("Literal quotients, and the limit of the multiplier", "[numeric][exact]") {
    constexpr CodeRange range{0, -128, 127};
    using D = ExactRational<>;
    STATIC_REQUIRE(D::apply(5, D::derive(0.5f, 1.0f, 1.0f), range) == 2);
    STATIC_REQUIRE(D::apply(7, D::derive(0.5f, 1.0f, 1.0f), range) == 4);
    STATIC_REQUIRE(D::apply(9, D::derive(1.0f, 1.0f, 6.0f), range) == 2);  // 3/2 exactly, though 1/6 is no float
    STATIC_REQUIRE(D::apply(15, D::derive(1.0f, 1.0f, 6.0f), range) == 2);
    STATIC_REQUIRE(D::apply(-15, D::derive(1.0f, 1.0f, 6.0f), range) == -2);
    STATIC_REQUIRE(ExactRational<Floor>::apply(-1, D::derive(0x1p-60f, 0x1p-60f, 1.0f), range) == -1);
    STATIC_REQUIRE(D::apply(INT32_MIN, D::derive(0x1p-60f, 0x1p-60f, 1.0f), range) == 0);
    STATIC_REQUIRE(D::apply(INT32_MIN, D::derive(0x1p20f, 1.0f, 1.0f), range) == -128);
    CHECK(says(refused([] { D::derive(0x1p26f, 1.0f, 1.0f); }), "below 2^22"));
}
