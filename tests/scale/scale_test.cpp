// SPDX-License-Identifier: BSL-1.0
#include <qtensor/scale.hpp>
#include <qtensor/scale/scale.hpp>

#include "support/catch.hpp"

#include <cfloat>
#include <limits>

#include "support/refused.hpp"

using namespace qtensor;
using Catch::Matchers::StartsWith;

namespace {

/// A user's policy, as the architecture page shows it.
template <std::size_t N> struct ShiftPerChannel {
    std::array<std::int8_t, N> exponent{};
    static constexpr int axis = 0;
    constexpr float scale(std::size_t c) const { return exp2i(exponent[c]); }
    constexpr std::int32_t zero_point(std::size_t) const { return 0; }
};

struct WithoutAxis {
    float scale(std::size_t) const { return 1.0f; }
};
struct WithoutScale {
    static constexpr int axis = per_tensor;
};
struct InDouble {
    static constexpr int axis = per_tensor;
    double scale(std::size_t) const { return 1.0; }
};
struct Changing {
    static constexpr int axis = per_tensor;
    float scale(std::size_t) { return 1.0f; }
};
struct Fixed {
    [[maybe_unused]] static constexpr int axis = per_tensor;
    float scale(std::size_t) const { return 1.0f; }
    Fixed& operator=(const Fixed&) = delete;
};

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

}  // namespace

TEST_CASE("A scale policy has an axis and a float per channel and can be copied", "[scale]") {
    STATIC_REQUIRE(Scale<ShiftPerChannel<4>>);
    STATIC_REQUIRE(qtensor::detail::must_be_scale<ShiftPerChannel<4>>());
    STATIC_REQUIRE(qtensor::detail::must_be_per_tensor_scale<qtensor::PerTensor<>>());
    STATIC_REQUIRE(qtensor::detail::must_be_compatible_scales<qtensor::PerTensor<>, qtensor::PerTensor<>>());
    STATIC_REQUIRE_FALSE(PerTensorScale<ShiftPerChannel<4>>);
    STATIC_REQUIRE(has_zero_point<ShiftPerChannel<4>>);
    STATIC_REQUIRE(channels_of<ShiftPerChannel<4>> == dyn);  // it does not say how many
    STATIC_REQUIRE(std::is_void_v<tag_of<ShiftPerChannel<4>>>);
    STATIC_REQUIRE_FALSE(Scale<WithoutAxis>);
    STATIC_REQUIRE_FALSE(Scale<WithoutScale>);
    STATIC_REQUIRE_FALSE(Scale<InDouble>);
    STATIC_REQUIRE_FALSE(Scale<Changing>);
    STATIC_REQUIRE_FALSE(Scale<Fixed>);
    STATIC_REQUIRE_FALSE(Scale<int>);
    STATIC_REQUIRE_FALSE(PerTensorScale<WithoutScale>);
    STATIC_REQUIRE(per_tensor == -1);
}

TEST_CASE("A usable scale is positive and finite", "[scale]") {
    for (const float scale : {FLT_TRUE_MIN, FLT_MIN, 1.0f, FLT_MAX}) CHECK_NOTHROW(require_usable(scale, 0));
    for (const float scale : {0.0f, -0.0f, -FLT_TRUE_MIN, -1.0f, infinity, -infinity, not_a_number, -not_a_number}) {
        INFO("scale " << scale);
        CHECK_THROWS_WITH(
            require_usable(scale, 41),
            StartsWith("a scale is positive and finite (value: the channel at fault) (value 41, limit 0)"));
    }
}

TEST_CASE("Every channel of a policy must be usable, and the first that is not is named", "[scale]") {
    const PerChannel<4> scale{{1.0f, 2.0f, 0.0f, not_a_number}};
    CHECK_THROWS_WITH(require_usable(scale, 4),
                      StartsWith("a scale is positive and finite (value: the channel at fault) "
                                 "(value 2, limit 0)"));
    CHECK_THROWS_WITH(require_usable(PerChannel<4>{{1.0f, 2.0f, 3.0f, infinity}}, 4),
                      StartsWith("a scale is positive and finite (value: the channel at fault) (value 3, limit 0)"));
    CHECK_NOTHROW(require_usable(scale, 2));
    CHECK_THROWS_AS(require_usable(PerTensor{-1.0f}, 1), qtensor_test::PreconditionFailed);
    CHECK_NOTHROW(require_usable(PowerOfTwo<-126>{}, 1));
}

TEST_CASE("A zero point is so near to 0 that a float holds its distance from every code", "[scale]") {
    STATIC_REQUIRE(farthest_zero_point == 8388608);
    CHECK_NOTHROW(require_usable(Affine{1.0f, 8388608}, 1));
    CHECK_NOTHROW(require_usable(Affine{1.0f, -8388608}, 1));
    const std::string sentence = "a zero point is at most 2^23 from 0 ";
    CHECK_THROWS_WITH(require_usable(Affine{1.0f, 8388609}, 1),
                      StartsWith(sentence + "(value 8388609, limit 8388608)"));
    CHECK_THROWS_WITH(require_usable(Affine{1.0f, INT32_MIN}, 1),
                      StartsWith(sentence + "(value -2147483648, limit 8388608)"));
    CHECK_THROWS_WITH(require_usable(PerChannelAffine<2>{{1.0f, 1.0f}, {0, -8388609}}, 2),
                      StartsWith(sentence + "(value -8388609, limit 8388608)"));
    CHECK_NOTHROW(require_usable(PerChannelAffine<2>{{1.0f, 1.0f}, {0, -8388609}}, 1));
}

TEST_CASE("Two policies have the same meaning when every channel has", "[scale]") {
    STATIC_REQUIRE(same_meaning(PerTensor{0.5f}, PowerOfTwo<-1>{}, 1));
    STATIC_REQUIRE(same_meaning(PerTensor{0.5f}, Affine{0.5f, 0}, 1));
    STATIC_REQUIRE_FALSE(same_meaning(PerTensor{0.5f}, Affine{0.5f, 1}, 1));
    STATIC_REQUIRE_FALSE(same_meaning(PerTensor{0.5f}, PerTensor{0.50000006f}, 1));
    STATIC_REQUIRE(same_meaning(PerTensor{0.5f}, Affine{0.5f, 1}, 0));  // no channel, no difference
    STATIC_REQUIRE_FALSE(same_meaning(PerTensor{0.5f}, PerChannel<1>{{0.5f}}, 1));
    STATIC_REQUIRE_FALSE(same_meaning(PerChannel<2, 0>{{0.5f, 0.5f}}, PerChannel<2, 1>{{0.5f, 0.5f}}, 2));
    constexpr PerChannelAffine<3> a{{1.0f, 2.0f, 3.0f}, {0, 5, 0}};
    STATIC_REQUIRE(same_meaning(a, PerChannelAffine<3>{{1.0f, 2.0f, 3.0f}, {0, 5, 0}}, 3));
    STATIC_REQUIRE_FALSE(same_meaning(a, PerChannelAffine<3>{{1.0f, 2.0f, 3.0f}, {0, 5, 1}}, 3));
    STATIC_REQUIRE_FALSE(same_meaning(a, PerChannel<3>{{1.0f, 2.0f, 3.0f}}, 3));
    STATIC_REQUIRE(same_meaning(a, PerChannel<3>{{1.0f, 9.0f, 9.0f}}, 1));
}

TEST_CASE("Scales are compatible unless their types say that they differ", "[scale]") {
    struct Hidden;
    struct Output;
    STATIC_REQUIRE(CompatibleScales<Affine<>, PerTensor<>>);
    STATIC_REQUIRE(CompatibleScales<Affine<Hidden>, Affine<Hidden>>);
    STATIC_REQUIRE(CompatibleScales<Affine<Hidden>, PerTensor<>>);  // no tag on one side
    STATIC_REQUIRE(CompatibleScales<PerTensor<>, Affine<Hidden>>);
    STATIC_REQUIRE_FALSE(CompatibleScales<Affine<Hidden>, Affine<Output>>);
    STATIC_REQUIRE_FALSE(CompatibleScales<Affine<>, PerChannel<3>>);
    STATIC_REQUIRE_FALSE(CompatibleScales<PerChannel<3, 0>, PerChannel<3, 1>>);
    STATIC_REQUIRE(CompatibleScales<PerChannel<3>, PowerOfTwoPerChannel<3>>);
    STATIC_REQUIRE(CompatibleScales<PowerOfTwo<-2>, Ratio<1, 4>>);
    STATIC_REQUIRE(CompatibleScales<PowerOfTwo<0>, Unscaled>);
    STATIC_REQUIRE_FALSE(CompatibleScales<PowerOfTwo<-2>, PowerOfTwo<-3>>);
    STATIC_REQUIRE_FALSE(CompatibleScales<Ratio<1, 3>, Ratio<1, 4>>);
    STATIC_REQUIRE(CompatibleScales<PowerOfTwo<-2>, PerTensor<>>);  // only the running program knows
}

TEST_CASE("Policies mean the same where every scale and zero point is equal, while the program runs", "[scale]") {
    const PerChannel<2> a{{1.0f, 2.0f}};
    PerChannel<2> b = a;
    CHECK(same_meaning(a, b, 2));
    b.values[1] = 3.0f;
    CHECK(!same_meaning(a, b, 2));
    CHECK(same_meaning(a, b, 1));
    Affine<> c{0.5f, 3}, d = c;
    CHECK(same_meaning(c, d, 1));
    d.zero = 4;
    CHECK(!same_meaning(c, d, 1));
    CHECK(!same_meaning(a, c, 1));  // another axis
}

TEST_CASE("Subnormal scales pass where subnormal numbers are computed with", "[scale]") {
    float tiny = 0x1p-130f, small = 0x1p-70f;
    CHECK_NOTHROW(require_environment(1.0f));
    CHECK_NOTHROW(require_environment(tiny));
    CHECK_NOTHROW(require_environment(1.0f, tiny));
    CHECK_NOTHROW(require_environment(1.0f, 1.0f, tiny));
    CHECK_NOTHROW(require_environment(small, small));
}

#if defined(__SSE__) && !defined(NDEBUG)
TEST_CASE("Where subnormal numbers are flushed, a product of scales is refused below 2^-126, not there", "[scale]") {
    float first = 0x1p-63f, second = 0x1p-64f;
    const auto before = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(static_cast<unsigned>(before) | 0x8040u);
    const std::string smallest = qtensor_test::refused([&] { require_environment(first, first); });
    const std::string subnormal = qtensor_test::refused([&] { require_environment(first, second); });
    __builtin_ia32_ldmxcsr(static_cast<unsigned>(before));
    CHECK(smallest == "nothing was refused");
    CHECK(qtensor_test::says(subnormal, "the thread flushes subnormal numbers to zero"));
}
#endif
