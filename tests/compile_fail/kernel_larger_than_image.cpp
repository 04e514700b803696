// SPDX-License-Identifier: BSL-1.0
// expect: the window is larger than the padded image
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Conv2d<Shape<8, 8, 1>, 1, Kernel<9, 3>>;
#else
using Layer = Conv2d<Shape<8, 8, 1>, 1, Kernel<9, 3, Padding<1, 0>>>;
#endif
constexpr auto macs = Layer::macs;
