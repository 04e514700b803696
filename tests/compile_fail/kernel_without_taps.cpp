// SPDX-License-Identifier: BSL-1.0
// expect: a kernel has at least one tap: Kernel<3, 3>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Conv2d<Shape<8, 8, 1>, 1, Kernel<0, 3>>;
#else
using Layer = Conv2d<Shape<8, 8, 1>, 1, Kernel<1, 3>>;
#endif
constexpr auto macs = Layer::macs;
