// SPDX-License-Identifier: BSL-1.0
// A number of workers works nothing.
// expect: not an executor: it needs workers\(\) and operator\(\)\(parts, body\), both const
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

using Net = Sequential<Dense<2, 1>>;
void run(const Net::Float::packed<arch::scalar>& net, const float* x, float* y, std::span<std::byte> arena) {
#ifdef BAD
    net.run(x, y, 1, arena, 4);
#else
    net.run(x, y, 1, arena, Serial{});
#endif
}
