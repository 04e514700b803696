// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/embedding.hpp>

#include <cstdint>
#include <vector>

#include "support/layer_runs.hpp"
#include "support/refused.hpp"

using namespace qtensor;

TEST_CASE("An embedding copies the rows of its table, and refuses words it does not have", "[layer][embedding]") {
    using L = Embedding<3, 5, 2>;
    STATIC_REQUIRE(Layer<L>);
    STATIC_REQUIRE(L::weight_bytes == 10);
    L::Float real{};
    for (std::size_t i = 0; i < 10; ++i) real.table.data()[i] = 0.25f * static_cast<float>(i) - 1.0f;
    const auto codes = L::quantized(real, Unscaled{}, Affine{0.5f, 3});
    const auto layer = pack<arch::native>(codes);
    const std::vector<std::int32_t> x{4, 0, 4, 1, 2, 3};
    const auto y = qtensor_test::run_layer(layer, x, 2, qtensor_test::Flush::back);
    // rows -1 -.75, -.5 -.25, 0 .25, .5 .75, 1 1.25 in halves from 3 on, halves away from zero
    CHECK((y == std::vector<std::int8_t>{5, 6, 1, 1, 5, 6, 2, 2, 3, 4, 4, 5}));
    const auto floats = qtensor_test::run_layer(pack<arch::native>(real), x, 2, qtensor_test::Flush::back);
    CHECK((floats ==
           std::vector<float>{1.0f, 1.25f, -1.0f, -0.75f, 1.0f, 1.25f, -0.5f, -0.25f, 0.0f, 0.25f, 0.5f, 0.75f}));
    for (const std::int32_t word : {-1, 5, INT32_MAX, INT32_MIN}) {
        const std::int32_t bad[3] = {0, 1, word};
        std::int8_t made[6] = {9, 9, 9, 9, 9, 9};
        CHECK(qtensor_test::says(qtensor_test::refused([&] { layer.run(bad, made, 1, {}); }),
                                 "a word is a row of the embedding's table"));
        CHECK(made[0] == 9);
    }
}
