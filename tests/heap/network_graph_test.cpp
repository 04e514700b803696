// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/heap/network_graph.hpp>

#include <cstdint>
#include <vector>

#include "support/backwards.hpp"
#include "support/refused.hpp"

using namespace qtensor;

namespace {

/// Layers that add up their inputs; what they see is written down.
struct Sums : NetworkGraph<numerics::TfLite, arch::scalar> {
    using NetworkGraph::NetworkGraph;
    Edge sum(std::vector<Edge> of, const ImageSize& image) {
        return add("sum", of, image, {0.5f, 2}, [n = of.size(), cells = image.size()](const Call& call) {
            for (std::size_t i = 0; i < call.batch * cells; ++i) {
                call.y[i] = 0;
                for (std::size_t k = 0; k < n; ++k) call.y[i] = static_cast<std::int8_t>(call.y[i] + call.x[k][i]);
            }
            CHECK(call.executor.workers() == 3);
        });
    }
};

}  // namespace

TEST_CASE("Edges of a run-time network that are needed together lie apart, others share memory",
          "[heap][network_graph]") {
    const ImageSize image{2, 4, 25};  // 200 cells are 256 bytes
    Sums net(image, {1.0f, 0});
    auto x = net.sum({net.input(), net.input()}, image);  // 2 x
    for (int i = 0; i < 4; ++i) x = net.sum({x, x}, image);
    const auto far = net.sum({x, net.input()}, image);  // 33 x
    CHECK(net.arena_bytes(1) == 512);                   // a chain: two edges at a time, the last one is the caller's
    net.sum({far, x}, image);                           // 65 x; both are alive while `far` is made
    CHECK(net.layers() == 7);
    CHECK(net.arena_bytes(1) == 512);
    CHECK(net.arena_bytes(3, 3) == 3 * 512);
    CHECK((net.size(far).channels == 25 && net.scale(far) == Affine{0.5f, 2}));
    const std::vector<std::int8_t> codes(3 * 200, 1);
    std::vector<std::int8_t> y(3 * 200);
    net.run(codes.data(), y.data(), 3, qtensor_test::Backwards{3});
    CHECK(y == std::vector<std::int8_t>(3 * 200, 65));
    std::vector<std::byte> arena(3 * 512 - 1);
    CHECK(qtensor_test::says(
        qtensor_test::refused([&] { net.run(codes.data(), y.data(), 3, arena, qtensor_test::Backwards{3}); }),
        "the arena is smaller than arena_bytes for this batch"));
}
