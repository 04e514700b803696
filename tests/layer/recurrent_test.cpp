// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/recurrent.hpp>

#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/oracle.hpp"

using namespace qtensor;

namespace {

/// A recurrent layer of the user's own: the sum of what came so far.
struct Total {
    using input_shape = Shape<4, 1>;
    using output_shape = Shape<4, 1>;
};
struct AddStep {
    using input_element = std::int8_t;
    using output_element = std::int32_t;
    using State = std::int32_t;
    static constexpr std::size_t in = 1, out = 1;
    std::int32_t start;
    constexpr explicit AddStep(std::int32_t from) : start(from) {}
    static constexpr std::size_t workspace_bytes() { return 3; }
    constexpr State initial_state() const { return start; }
    constexpr void step(const std::int8_t* x, State& state, std::int32_t* y, std::span<std::byte>) const {
        *y = state += *x;
    }
};

}  // namespace

TEST_CASE("A sequence is its steps, every sample from the initial state", "[layer][recurrent]") {
    constexpr Sequence<Total, AddStep> sums(100);
    STATIC_REQUIRE(sums.workspace_bytes(7) == 3);
    constexpr auto y = [&] {
        constexpr std::int8_t x[8] = {1, 2, 3, 4, -1, -1, -1, -1};
        std::array<std::int32_t, 8> made{};
        sums.run(x, made.data(), 2, {});
        return made;
    }();
    STATIC_REQUIRE(y == std::array<std::int32_t, 8>{101, 103, 106, 110, 99, 98, 97, 96});
}

TEST_CASE("Gates have a scale each, from their largest weight", "[layer][recurrent]") {
    constexpr float weights[] = {0.5f, -1.27f, 0.0f, 0.0f, 2.54f, 1.0f};
    constexpr auto scale = fit_gates<int8_symmetric, 1, 3>(weights, 2);
    STATIC_REQUIRE(scale.scale(0) == 1.27f / 127.0f);
    STATIC_REQUIRE(scale.scale(1) == 1.0f);
    STATIC_REQUIRE(scale.scale(2) == 2.54f / 127.0f);
    STATIC_REQUIRE(PerGate<3, 2>{{0.5f, 0.25f}}.scale(2) == 0.5f);
    STATIC_REQUIRE(PerGate<3, 2>{{0.5f, 0.25f}}.scale(3) == 0.25f);
}

TEST_CASE("A row product is its sums, whole or in part", "[layer][recurrent]") {
    using W = QTensor<std::int8_t, PerGate<35, 2>, Shape<70, 9>, Inline>;
    using Bias = QTensor<std::int32_t, Unscaled, Shape<70>, Inline>;
    W w({}, {{1.0f, 0.5f}});
    Bias bias;
    oracle::Random random(4);
    std::vector<std::int64_t> x;
    std::int8_t codes[9];
    for (std::size_t i = 0; i < w.size(); ++i) w.data()[i] = static_cast<std::int8_t>(random.between(-128, 127));
    for (std::size_t j = 0; j < 70; ++j) bias(j) = static_cast<std::int32_t>(random.between(-1000, 1000));
    for (std::int8_t& code : codes) {
        code = static_cast<std::int8_t>(random.between(-128, 127));
        x.push_back(code + 7);
    }
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const RowProduct<Arch, std::int8_t, std::int32_t, Affine<>, W, Bias> product(w, Affine{0.1f, -7}, bias);
        std::vector<std::byte> scratch(product.workspace_bytes());
        std::vector<std::int32_t> y(70, -1);
        product.run(codes, y.data(), scratch, 30, 60);
        for (std::size_t j = 0; j < 70; ++j) {
            std::int64_t want = bias(j);
            for (std::size_t k = 0; k < 9; ++k) want += x[k] * w(j, k);
            REQUIRE(y[j] == (j >= 30 && j < 60 ? want : -1));
        }
    });
}
