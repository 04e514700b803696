// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/net/evaluate.hpp>

#include <array>
#include <span>

using namespace qtensor;

namespace {

/// Needs scratch: writes twice its input, by way of it.
struct Leaf {
    static constexpr std::size_t workspace_bytes(std::size_t batch) { return batch; }
    constexpr void run(const int* x, int* y, std::size_t batch, std::span<std::byte> scratch) const {
        for (std::size_t i = 0; i < batch; ++i) scratch[i] = std::byte{2};
        for (std::size_t i = 0; i < batch; ++i) y[i] = x[i] * std::to_integer<int>(scratch[i]);
    }
};
struct Composition : Leaf {
    template <std::size_t Batch> constexpr void evaluate(const int* x, int* y) const {
        for (std::size_t i = 0; i < Batch; ++i) y[i] = x[i] + 100;
    }
};

template <class L> constexpr std::array<int, 3> evaluated() {
    constexpr std::array<int, 3> x{1, 2, 3};
    std::array<int, 3> y{};
    evaluate_layer<3>(L{}, x.data(), y.data());
    return y;
}

}  // namespace

TEST_CASE("A layer is given scratch, a composition evaluates itself", "[net][evaluate]") {
    STATIC_REQUIRE(evaluated<Leaf>()[2] == 6);
    STATIC_REQUIRE(evaluated<Composition>()[2] == 103);
}
