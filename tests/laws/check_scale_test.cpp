// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/laws/check_scale.hpp>
#include <qtensor/scale.hpp>

#include <string>

namespace {

using namespace qtensor;

/// A sound policy; what is broken below differs from it in one place.
struct Sound {
    static constexpr int axis = per_tensor;
    float value = 0.5f;
    constexpr float scale(std::size_t) const { return value; }
    constexpr std::int32_t zero_point(std::size_t) const { return 3; }
    constexpr bool operator==(const Sound&) const = default;
};
struct ByChannel : Sound {
    static constexpr int axis = 0;
    static constexpr std::size_t channels = 4;
};
struct NegativeLater : ByChannel {
    constexpr float scale(std::size_t c) const { return c == 3 ? -1.0f : 1.0f; }
};
struct FarZero : ByChannel {
    constexpr std::int32_t zero_point(std::size_t c) const { return c == 2 ? -8388609 : 0; }
};
struct OtherAxis : Sound {
    static constexpr int axis = -2;
};
struct TwoOfOne : Sound {
    static constexpr std::size_t channels = 2;
};
struct LooksAtChannel : Sound {
    constexpr float scale(std::size_t c) const { return c == 0 ? 0.5f : 0.25f; }
};
struct ZeroLooksAtChannel : Sound {
    constexpr std::int32_t zero_point(std::size_t c) const { return c == 7 ? 1 : 3; }
};
struct Forgets : Sound {
    constexpr Forgets() = default;
    constexpr Forgets(const Forgets&) : Sound{0.25f} {}
    constexpr Forgets& operator=(const Forgets&) = default;
};
struct NeverEqual : Sound {
    constexpr bool operator==(const NeverEqual&) const { return false; }
};
struct StaticWithState : Sound {
    static constexpr bool is_static = true;
};
struct Clips : Sound {
    static constexpr Clips fit(float wanted) { return {{wanted * 0.999f}}; }
};
struct ClipsOne : ByChannel {
    std::array<float, 4> values{1.0f, 1.0f, 1.0f, 1.0f};
    constexpr float scale(std::size_t c) const { return values[c]; }
    static constexpr ClipsOne fit(const std::array<float, 4>& wanted) {
        ClipsOne fitted;
        fitted.values = wanted;
        fitted.values[3] /= 2.0f;
        return fitted;
    }
};
struct Changes : Sound {
    mutable int asked = 0;
    float scale(std::size_t) const { return ++asked % 2 == 0 ? 0.5f : 0.25f; }
};
struct ZeroChanges : Sound {
    mutable int asked = 0;
    std::int32_t zero_point(std::size_t) const { return ++asked % 2; }
};

template <class S> std::string broken(const S& scale = {}, std::size_t channels = 1) {
    const Verdict verdict = check_scale(scale, channels);
    return verdict ? "" : verdict.broken;
}

}  // namespace

static_assert(check_scale<Unscaled>());
static_assert(check_scale(PerTensor<>{0.1f}));
static_assert(check_scale(Affine{4 / 255.0f, -128}));
static_assert(check_scale<PowerOfTwo<-7>>());
static_assert(check_scale<Ratio<1, 20>>());
static_assert(check_scale(PowerOfTwoPerTensor{-100}));
static_assert(check_scale(PerChannel<3>{{0.1f, 1e-20f, 1e20f}}));
static_assert(check_scale(PerChannelAffine<2, 1>{{0.1f, 3.0f}, {-128, 127}}));
static_assert(check_scale(PowerOfTwoPerChannel<3>{{-126, 0, 127}}));
static_assert(check_scale(Product{Affine{0.1f, 3}, PerChannel<2>{{0.3f, 0.7f}}}));
static_assert(check_scale<Product<PowerOfTwo<-3>, Ratio<1, 3>>>());
static_assert(check_scale<Sound>() && check_scale<ByChannel>());
static_assert(!check_scale(PerChannel<3>{{0.1f, 0.0f, 1.0f}}));
static_assert(!check_scale<NegativeLater>());

TEST_CASE("the library's scales keep the laws at run time, where every code is tried") {
    CHECK(check_scale(Affine{4 / 255.0f, -128}));
    CHECK(check_scale(PerChannel<3>{{0.1f, 1e-20f, 1e20f}}));
    CHECK(check_scale<PowerOfTwoPerChannel<5>>());
    const float values[] = {1.0f, 2.0f, 0.0f};
    CHECK(check_scale(PerChannel<dyn>{values}, 2));
    CHECK(check_scale(PerChannel<dyn>{values}, 3).at == 2.0);
}

TEST_CASE("each law of scales finds the policy that breaks it") {
    CHECK(broken(PerTensor<>{0.0f}) == "a scale is positive and finite (channel)");
    CHECK(broken(PerTensor<>{-1.0f}) == "a scale is positive and finite (channel)");
    CHECK(broken(PerTensor<>{std::numeric_limits<float>::infinity()}) == "a scale is positive and finite (channel)");
    CHECK(broken(PerTensor<>{std::numeric_limits<float>::quiet_NaN()}) == "a scale is positive and finite (channel)");
    CHECK(broken<NegativeLater>() == "a scale is positive and finite (channel)");
    CHECK(check_scale<NegativeLater>().at == 3.0);
    CHECK(broken<FarZero>() == "a zero point is at most 2^23 from 0 (channel)");
    CHECK(broken(Affine{1.0f, 8388608}) == "");
    CHECK(broken(Affine{1.0f, 8388609}) == "a zero point is at most 2^23 from 0 (channel)");
    CHECK(broken<OtherAxis>() == "axis is the number of an axis, or per_tensor");
    CHECK(broken<TwoOfOne>() == "a scale for the whole tensor has one channel");
    CHECK(broken<LooksAtChannel>() == "a scale for the whole tensor does not look at the channel");
    CHECK(broken<ZeroLooksAtChannel>() == "a scale for the whole tensor does not look at the channel");
    CHECK(broken<Forgets>() == "a copy means the same (channel)");
    CHECK(broken<NeverEqual>() == "a copy is equal");
    CHECK(broken<StaticWithState>() == "");
    CHECK(broken(StaticWithState{{0.25f}}) == "all objects of a scale that is_static mean the same");
    CHECK(broken<Clips>() == "fit(wanted) is not smaller than wanted: a smaller scale would clip");
    CHECK(broken<ClipsOne>() == "fit(wanted) is not smaller than wanted: a smaller scale would clip");
    CHECK(broken<Changes>() == "asked twice, a scale answers the same (channel)");
    CHECK(broken<ZeroChanges>() == "asked twice, a scale answers the same (channel)");
}
