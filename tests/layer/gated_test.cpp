// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/gru.hpp>
#include <qtensor/layer/lstm.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

using namespace qtensor;

namespace {
template <class Tensor> std::vector<std::int64_t> codes_of(const Tensor& tensor) {
    return std::vector<std::int64_t>(tensor.data(), tensor.data() + tensor.size());
}
}  // namespace

TEST_CASE("Gates have a scale each for either weights; biases are in the units of their products", "[layer][gated]") {
    using L = Gru<1, 2, 1>;
    L::Float real{};
    const float x[] = {1.27f, -0.5f, 0.0f, 0.0f, 0.127f, -2.54f}, h[] = {0.635f, -1.27f, 0.0f},
                b[] = {0.04f, -2.0f, 0.3f};
    std::copy_n(x, 6, real.input_weights.data());
    std::copy_n(h, 3, real.hidden_weights.data());
    std::copy_n(b, 3, real.bias.data());
    std::copy_n(b, 3, real.hidden_bias.data());
    const auto made = L::quantized(real, {0.5f, 7}, {0.25f, -3});
    CHECK(made.input_weights.scale().values == std::array{1.27f / 127.0f, 1.0f, 2.54f / 127.0f});
    CHECK(made.hidden_weights.scale().values == std::array{0.635f / 127.0f, 1.27f / 127.0f, 1.0f});
    CHECK(codes_of(made.input_weights) == std::vector<std::int64_t>{127, -50, 0, 0, 6, -127});
    CHECK(codes_of(made.hidden_weights) == std::vector<std::int64_t>{127, -127, 0});
    CHECK(codes_of(made.bias) == std::vector<std::int64_t>{8, -4, 30});           // / 0.005, 0.5, 0.01
    CHECK(codes_of(made.hidden_bias) == std::vector<std::int64_t>{32, -800, 1});  // / 0.00125, 0.0025, 0.25
    CHECK((made.input == Affine<>{0.5f, 7} && made.output == Affine<>{0.25f, -3}));
    STATIC_REQUIRE(L::weight_bytes == 9);
    STATIC_REQUIRE(L::macs == 9);
    STATIC_REQUIRE(Lstm<3, 2, 5>::weight_bytes == 4 * 5 * 7);
    STATIC_REQUIRE(Lstm<3, 2, 5>::macs == 3 * 4 * 5 * 7);
}
