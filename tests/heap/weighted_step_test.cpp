// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/heap/weighted_step.hpp>

#include <cstdint>
#include <vector>

#include "support/arches.hpp"

using namespace qtensor;

TEST_CASE("A step of a run-time network, worked out", "[heap][weighted_step]") {
    // 1 x 2 cells of 2 channels worth 0.5 from 1 on, times (1, -2) worth 1, + 3, worth 0.25 from -1 on
    const std::vector<std::int8_t> codes{1, -2};
    const std::vector<float> scales{1.0f};
    const std::vector<std::int32_t> bias{3};
    const std::int8_t x[] = {3, 1, 0, 5};
    const Serial serial;
    qtensor_test::ScalarAndBest::each([&]<class Arch>() {
        const auto made = [&](Fused fused) {
            const WeightedStep<numerics::TfLite, Arch> step(1, "conv2d", WeightedKind::conv, {1, 2, 2}, {0.5f, 1},
                                                            {codes, scales, bias}, 1, {{1}, {1}}, 1, {0.25f, -1},
                                                            fused);
            CHECK(step.output_size().size() == 2);
            std::vector<std::byte> workspace(step.workspace_bytes());
            std::vector<std::int8_t> y(2);
            step.run(x, y.data(), 1, workspace, ExecutorRef(serial));
            return y;
        };
        INFO(Arch::name);
        // 2 - 0 + 3 = 5, times 2 is 10, - 1;  -1 - 8 + 3 = -6, -12 - 1
        CHECK((made(Fused::none) == std::vector<std::int8_t>{9, -13}));
        CHECK((made(Fused::relu) == std::vector<std::int8_t>{9, -1}));
    });
}
