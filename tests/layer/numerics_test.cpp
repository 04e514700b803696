// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer.hpp>
#include <qtensor/scale/per_tensor.hpp>

using namespace qtensor;

namespace {

struct EvenWeights : numerics::TfLite {
    using rounding = HalfEven;
};
struct OwnActivation : numerics::Xnnpack {
    using activation = std::uint8_t;
};
struct RandomRounding : numerics::TfLite {
    using rounding = Stochastic;
};

struct RealActivations : numerics::TfLite {
    using activation = float;
};
struct RealWeights : numerics::TfLite {
    using weight = float;
};
struct NoScale : numerics::TfLite {
    using activation_scale = int;
};
struct NoWeightScale : numerics::TfLite {
    template <std::size_t> using weight_scale = float;
};
struct NoDialect : numerics::TfLite {
    using dialect = HalfEven;
};
struct NoRounding : numerics::TfLite {
    using rounding = TfLiteDoubleRounding;
};
struct NothingAtAll {};

/// Twice what is wanted, from the sum of all channels: no rule of the library's own.
template <std::size_t N> struct Doubled {
    static constexpr int axis = per_tensor;
    float value = 1.0f;
    constexpr float scale(std::size_t = 0) const { return value; }
    static constexpr Doubled fit(const std::array<float, N>& wanted) {
        Doubled made{0.0f};
        for (const float one : wanted) made.value += 2.0f * one;
        return made;
    }
};

}  // namespace

static_assert(Numerics<numerics::TfLite> && Numerics<numerics::Xnnpack>);
static_assert(Numerics<EvenWeights> && Numerics<OwnActivation> && Numerics<RandomRounding>);
static_assert(!Numerics<RealActivations> && !Numerics<RealWeights>);
static_assert(!Numerics<NoScale> && !Numerics<NoWeightScale> && !Numerics<NoDialect> && !Numerics<NoRounding>);
static_assert(!Numerics<NothingAtAll> && !Numerics<int>);

TEST_CASE("the bundles are what their sources publish", "[numerics]") {
    using T = numerics::TfLite;
    STATIC_REQUIRE(std::is_same_v<T::activation, std::int8_t>);
    STATIC_REQUIRE(std::is_same_v<T::activation_scale, Affine<>>);
    STATIC_REQUIRE(std::is_same_v<T::weight, int8_symmetric>);
    STATIC_REQUIRE(std::is_same_v<T::weight_scale<5>, PerChannel<5>>);
    STATIC_REQUIRE(std::is_same_v<T::rounding, HalfAway>);
    STATIC_REQUIRE(std::is_same_v<T::dialect, TfLiteDoubleRounding>);
    using X = numerics::Xnnpack;
    STATIC_REQUIRE(std::is_same_v<X::activation, std::int8_t>);
    STATIC_REQUIRE(std::is_same_v<X::weight, int8_symmetric>);
    STATIC_REQUIRE(std::is_same_v<X::rounding, HalfEven>);
    STATIC_REQUIRE(std::is_same_v<X::dialect, XnnpackFp32>);
}

TEST_CASE("fit_scale: per channel takes each, per tensor the largest, `fit` decides for itself", "[numerics]") {
    constexpr std::array<float, 3> wanted{0.25f, 0.75f, 0.5f};
    constexpr auto each = fit_scale<PerChannel<3>>(wanted);
    STATIC_REQUIRE(each.values == wanted);
    constexpr auto one = fit_scale<PerTensor<>>(wanted);
    STATIC_REQUIRE(one.value == 0.75f);
    constexpr auto affine = fit_scale<Affine<>>(wanted);
    STATIC_REQUIRE(affine.value == 0.75f);
    STATIC_REQUIRE(affine.zero == 0);
    constexpr auto own = fit_scale<Doubled<3>>(wanted);
    STATIC_REQUIRE(own.value == 3.0f);
    constexpr auto last = fit_scale<PerTensor<>>(std::array<float, 2>{0.5f, 2.0f});
    STATIC_REQUIRE(last.value == 2.0f);
    constexpr auto single = fit_scale<PerTensor<>>(std::array<float, 1>{0.125f});
    STATIC_REQUIRE(single.value == 0.125f);
}
