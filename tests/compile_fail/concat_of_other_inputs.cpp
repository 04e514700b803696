// SPDX-License-Identifier: BSL-1.0
// expect: ways side by side begin with the same shape
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

#ifdef BAD
using Net = Concat<Dense<4, 2>, Dense<5, 2>>;
#else
using Net = Concat<Dense<4, 2>, Dense<4, 2>>;
#endif
constexpr auto depth = Net::depth;
