// SPDX-License-Identifier: BSL-1.0
// expect: stride is at least 1
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Conv2d<Shape<8, 8, 1>, 1, Kernel<3, 3, Stride<0>>>;
#else
using Layer = Conv2d<Shape<8, 8, 1>, 1, Kernel<3, 3, Stride<1>>>;
#endif
constexpr auto macs = Layer::macs;
