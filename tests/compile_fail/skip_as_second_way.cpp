// SPDX-License-Identifier: BSL-1.0
// expect: the way that does nothing is the first one
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

#ifdef BAD
using Net = Merge<Add, Identity, Dense<4, 4>, Skip<Shape<4>>>;
#else
using Net = Merge<Add, Identity, Skip<Shape<4>>, Dense<4, 4>>;
#endif
constexpr auto macs = Net::macs;
