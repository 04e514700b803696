// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/laws/check_rounding.hpp>

#include <cmath>
#include <string>

namespace {

using namespace qtensor;

template <class R> std::string broken(const R& rounding = {}) {
    const Verdict verdict = check_rounding(rounding);
    return verdict ? "" : verdict.broken;
}

struct Halves {  // not whole
    template <class F> static constexpr F round(F x) { return lane::floor(x * F(2)) / F(2); }
};
struct Far {  // two below
    template <class F> static constexpr F round(F x) { return lane::floor(x) == x ? x : lane::floor(x) - F(1); }
};
struct UpFromWhole {
    template <class F> static constexpr F round(F x) { return lane::floor(x) + F(1); }
};
/// The classic mistake: 0.49999997 + 0.5 is 1 in float, and not in double.
struct FloorOfSum {
    template <class F> static constexpr F round(F x) { return lane::floor(x) == x ? x : lane::floor(x + F(0.5)); }
};
struct Zigzag {  // up below a half, down above
    template <class F> static constexpr F round(F x) {
        const F below = lane::floor(x);
        return below == x ? x : x - below < F(0.5) ? below + F(1) : below;
    }
};
struct DoubleDiffers : HalfEven {
    using HalfEven::round;
    static constexpr double round(double x) { return HalfAway::round(x); }
};
struct EndsAtMax : HalfEven {
    using HalfEven::round;
    static float round(float x) { return std::isinf(x) ? 3.4e38f : HalfEven::round(x); }
};
struct NoNan : HalfEven {
    using HalfEven::round;
    static float round(float x) { return x == x ? HalfEven::round(x) : 0.0f; }
};
struct DividesOtherwise : HalfEven {
    template <class I> static constexpr I divide(I x, std::type_identity_t<I> shift) {
        return HalfUp::divide(x, shift);
    }
};
/// Right on small numbers; adds half of the divisor, which overflows int32 at its upper end.
struct DividesBySum : HalfUp {
    static constexpr std::int32_t divide(std::int32_t x, std::int32_t shift) {
        return shift == 0 ? x : static_cast<std::int32_t>(static_cast<std::uint32_t>(x) + (1u << (shift - 1))) >> shift;
    }
    static constexpr std::int64_t divide(std::int64_t x, std::int64_t shift) { return HalfUp::divide(x, shift); }
};
struct LanesDiffer : HalfEven {
    template <class F> static constexpr F round(F x) {
        if constexpr (lane::Vector<F>) {
            return HalfAway::round(x);
        } else {
            return HalfEven::round(x);
        }
    }
};
struct Seedless {  // another draw at every call
    mutable std::size_t calls = 0;
    float round(float x, std::size_t) const { return Stochastic{1}.round(x, calls++); }
};
struct AlwaysDown {
    float round(float x, std::size_t) const { return lane::floor(x); }
};
struct DrawsWhole {
    float round(float x, std::size_t index) const { return Stochastic{1}.round(x + 0.25f, index); }
};

}  // namespace

static_assert(check_rounding<Floor>() && check_rounding<Ceil>() && check_rounding<TowardZero>());
static_assert(check_rounding<HalfEven>() && check_rounding<HalfAway>() && check_rounding<HalfUp>());
static_assert(check_rounding<Stochastic>());
static_assert(!check_rounding<Halves>() && !check_rounding<FloorOfSum>());

TEST_CASE("the library's roundings keep the laws") {
    CHECK(check_rounding<Floor>());
    CHECK(check_rounding<Ceil>());
    CHECK(check_rounding<TowardZero>());
    CHECK(check_rounding<HalfEven>());
    CHECK(check_rounding<HalfAway>());
    CHECK(check_rounding<HalfUp>());
    for (std::uint64_t seed = 0; seed < 5; ++seed) CHECK(check_rounding(Stochastic{seed}));
}

TEST_CASE("each law of roundings finds the policy that breaks it") {
    CHECK(broken<Halves>() == "a rounded number is whole (number)");
    CHECK(broken<Far>() == "a number goes to one of its two neighbours (number)");
    CHECK(broken<UpFromWhole>() == "a whole number stays (number)");
    CHECK(broken<FloorOfSum>() == "float and double are rounded alike (number)");
    CHECK(broken<Zigzag>() == "of two numbers the larger is not rounded to the smaller (number)");
    CHECK(broken<DoubleDiffers>() == "float and double are rounded alike (number)");
    CHECK(broken<EndsAtMax>() == "infinities return themselves");
    CHECK(broken<NoNan>() == "NaN returns itself");
    CHECK(broken<DividesOtherwise>() == "divide(x, shift) is round(x / 2^shift) (quotient)");
    CHECK(broken<DividesBySum>() == "divide(x, shift) is round(x / 2^shift) (quotient)");
    if (lane::width<lanes<float, arch::native>> != 1)
        CHECK(broken<LanesDiffer>() == "lanes are rounded as single numbers are (number)");
    CHECK(broken<Seedless>() == "the same number at the same index is rounded the same way (index)");
    CHECK(broken<AlwaysDown>() == "a rounding by index goes both ways from a half");
    CHECK(broken<DrawsWhole>() != "");
}
