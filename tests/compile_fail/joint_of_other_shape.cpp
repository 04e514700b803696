// SPDX-License-Identifier: BSL-1.0
// As many numbers, but an image of another shape.
// expect: two neighbouring layers do not fit
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

using First = Conv2d<Shape<8, 6, 3>, 4, Kernel<1, 1>>;
#ifdef BAD
using Net = Sequential<First, Conv2d<Shape<6, 8, 4>, 2, Kernel<1, 1>>>;
#else
using Net = Sequential<First, Conv2d<Shape<8, 6, 4>, 2, Kernel<1, 1>>, Dense<96, 3>>;
#endif
static_assert(Net::macs > 0);
