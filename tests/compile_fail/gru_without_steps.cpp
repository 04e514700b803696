// SPDX-License-Identifier: BSL-1.0
// expect: a GRU has at least one step, one input and one hidden number
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Gru<0, 4, 8>;
#else
using Layer = Gru<1, 4, 8>;
#endif
constexpr auto macs = Layer::macs;
