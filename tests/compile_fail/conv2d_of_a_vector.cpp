// SPDX-License-Identifier: BSL-1.0
// An image has a height, a width and channels.
// expect: this layer takes images of static shape
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Conv2d<Shape<64>, 8, Kernel<3, 3>>;
#else
using Layer = Conv2d<Shape<8, 8, 1>, 8, Kernel<3, 3>>;
#endif
constexpr auto macs = Layer::macs;
