// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/activation.hpp>
#include <qtensor/layer/dense.hpp>

#include <vector>

#include "support/arches.hpp"

using namespace qtensor;
using qtensor_test::ScalarAndBest;

namespace {

/// min(max(real, 0), 6), as a user writes it: limits in codes are derived when the stage is bound.
struct Relu6 {
    template <class In> struct Bound {
        using element = typename In::element;
        using Limit = std::conditional_t<detail::is_integer_element<element>, std::int32_t, float>;
        typename In::scale_type scale;
        Limit lowest, highest;

        template <class V> constexpr V operator()(V value, const Cell&) const {
            return lane::min(lane::max(value, lane::broadcast<V>(lowest)), lane::broadcast<V>(highest));
        }
    };
    template <class In> constexpr auto bind(const In& in) const {
        if constexpr (detail::is_integer_element<typename In::element>) {
            const std::int32_t zero = zero_point_of(in.scale, 0);
            const std::int32_t six = zero + static_cast<std::int32_t>(HalfAway::round(6.0f / in.scale.scale(0)));
            return Bound<In>{in.scale, zero, six};
        } else {
            return Bound<In>{in.scale, 0.0f, 6.0f};
        }
    }
};

struct NeedsAnArgument {
    explicit constexpr NeedsAnArgument(int) {}
    template <class V> constexpr V operator()(V value, const Cell&) const { return value; }
};

/// Weights 1, 2, 3 on one input.
template <class L> typename L::Float ramp() {
    typename L::Float real{};
    for (std::size_t c = 0; c < 3; ++c) real.weights(c, 0) = static_cast<float>(c + 1);
    return real;
}

template <class A, class N = numerics::TfLite> std::vector<int> codes_of(std::int8_t x) {
    using L = Dense<1, 3, A, N>;
    const auto quantized = L::quantized(ramp<L>(), Affine{0.5f, 10}, Affine{0.25f, -20});
    std::vector<int> first;
    ScalarAndBest::each([&]<class Arch>() {
        std::int8_t y[64] = {};  // as long as a register: g++ 12 sees the branch that stores a whole one
        alignas(64) std::byte scratch[256];
        const std::int8_t from[64] = {x};
        pack<Arch>(quantized).run(from, y, 1, scratch);
        const std::vector<int> got(y, y + 3);
        if (first.empty()) first = got;
        CHECK(got == first);
    });
    return first;
}

template <class A> std::vector<float> reals_of(float x) {
    using L = Dense<1, 3, A>;
    const auto real = ramp<L>();
    std::vector<float> first;
    ScalarAndBest::each([&]<class Arch>() {
        float y[64] = {};
        alignas(64) std::byte scratch[256];
        const float from[64] = {x};
        pack<Arch>(real).run(from, y, 1, scratch);
        const std::vector<float> got(y, y + 3);
        if (first.empty()) first = got;
        CHECK(got == first);
    });
    return first;
}

}  // namespace

static_assert(ActivationStage<Identity> && ActivationStage<Relu> && ActivationStage<Relu6>);

TEST_CASE("activations mean the same on real numbers and on codes", "[activation]") {
    // x = -2, 2 and 3; outputs x, 2x, 3x; a code is 1/4, real zero is -20.
    CHECK(reals_of<Identity>(-2.0f) == std::vector<float>{-2, -4, -6});
    CHECK(codes_of<Identity>(6) == std::vector<int>{-28, -36, -44});
    CHECK(reals_of<Relu>(-2.0f) == std::vector<float>{0, 0, 0});
    CHECK(codes_of<Relu>(6) == std::vector<int>{-20, -20, -20});
    CHECK(reals_of<Relu>(2.0f) == std::vector<float>{2, 4, 6});
    CHECK(codes_of<Relu>(14) == std::vector<int>{-12, -4, 4});
    CHECK(codes_of<Relu, numerics::Xnnpack>(14) == std::vector<int>{-12, -4, 4});
}

TEST_CASE("an activation of the user's own: Relu6", "[activation]") {
    CHECK(reals_of<Relu6>(3.0f) == std::vector<float>{3, 6, 6});
    CHECK(codes_of<Relu6>(16) == std::vector<int>{-8, 4, 4});
    CHECK(reals_of<Relu6>(-1.0f) == std::vector<float>{0, 0, 0});
    CHECK(codes_of<Relu6>(8) == std::vector<int>{-20, -20, -20});
    CHECK(codes_of<Relu6, numerics::Xnnpack>(127) == std::vector<int>{4, 4, 4});
}

TEST_CASE("an activation is default-constructible", "[activation]") {
    STATIC_REQUIRE(!std::is_default_constructible_v<NeedsAnArgument>);
    STATIC_REQUIRE_FALSE(ActivationStage<NeedsAnArgument>);
}
