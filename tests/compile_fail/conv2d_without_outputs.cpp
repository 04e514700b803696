// SPDX-License-Identifier: BSL-1.0
// expect: a convolution has at least one output channel
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Conv2d<Shape<8, 8, 1>, 0, Kernel<3, 3>>;
#else
using Layer = Conv2d<Shape<8, 8, 1>, 1, Kernel<3, 3>>;
#endif
constexpr auto macs = Layer::macs;
