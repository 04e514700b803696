// SPDX-License-Identifier: BSL-1.0
// expect: a network has at least one layer: Sequential<Dense<2, 1>>
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

#ifdef BAD
using Net = Sequential<>;
#else
using Net = Sequential<Dense<2, 1>>;
#endif
constexpr auto depth = Net::depth;
