// SPDX-License-Identifier: BSL-1.0
// A window that does not move has no second position.
// expect: a window moves: its stride is at least 1
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer0 = Conv2d<Shape<8, 8, 3>, 4, Kernel<3, 3, Stride<0>>>;
#else
using Layer0 = Conv2d<Shape<8, 8, 3>, 4, Kernel<3, 3, Stride<1>>>;
#endif
static_assert(Layer0::macs > 0);
