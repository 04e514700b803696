// SPDX-License-Identifier: BSL-1.0
// A probe looks at what flowed in and out, through pointers.
// expect: not a probe: it is called as probe.layer, x, y, batch.
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

using Net = Sequential<Dense<2, 1>>;
void run(const Net::Float::packed<arch::scalar>& net, const float* x, float* y, std::span<std::byte> arena) {
#ifdef BAD
    net.run(x, y, 1, arena, Probed{[](const auto&, std::span<const float>) {}});
#else
    net.run(x, y, 1, arena, Probed{[](const auto&, const float*, const float*, std::size_t) {}});
#endif
}
