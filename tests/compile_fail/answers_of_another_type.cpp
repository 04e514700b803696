// SPDX-License-Identifier: BSL-1.0
// A network of codes answers in codes.
// expect: y has another element type than the network's output
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

using Net = Sequential<Dense<2, 1>>;
void run(const Net::Quantized::packed<arch::scalar>& net, const std::int8_t* x, std::span<std::byte> arena) {
#ifdef BAD
    float y[1];
#else
    std::int8_t y[1];
#endif
    net.run(x, y, 1, arena);
}
