// SPDX-License-Identifier: BSL-1.0
// expect: an image has at least one cell and one channel
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Conv2d<Shape<0, 8, 1>, 1, Kernel<3, 3, Same>>;
#else
using Layer = Conv2d<Shape<1, 8, 1>, 1, Kernel<3, 3, Same>>;
#endif
constexpr auto macs = Layer::macs;
