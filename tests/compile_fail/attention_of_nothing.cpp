// SPDX-License-Identifier: BSL-1.0
// expect: attention has at least one token, one head and one number in it
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Attention<4, 0, 8>;
#else
using Layer = Attention<4, 1, 8>;
#endif
constexpr auto macs = Layer::macs;
