// SPDX-License-Identifier: BSL-1.0
// What is skipped has eight numbers, the way beside it makes seven.
// expect: two ways that meet again begin and end in the same shapes
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

#ifdef BAD
using Net = Residual<Dense<8, 5>, Dense<5, 7>>;
#else
using Net = Residual<Dense<8, 5>, Dense<5, 8>>;
#endif
static_assert(Net::macs > 0);
