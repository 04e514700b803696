// SPDX-License-Identifier: BSL-1.0
// expect: a token of an attention layer sees Everything or the Past
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Attention<4, 1, 8, int>;
#else
using Layer = Attention<4, 1, 8, Past>;
#endif
constexpr auto macs = Layer::macs;
