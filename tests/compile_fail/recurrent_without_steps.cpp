// SPDX-License-Identifier: BSL-1.0
// expect: a recurrent layer has at least one step, one input and one hidden number
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Lstm<0, 4, 8>;
#else
using Layer = Lstm<1, 4, 8>;
#endif
constexpr auto macs = Layer::macs;
