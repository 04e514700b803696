// SPDX-License-Identifier: BSL-1.0
// Five taps, two cells apart, span nine cells; the image has eight.
// expect: the window is larger than the padded image
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer0 = Conv2d<Shape<8, 8, 3>, 4, Kernel<5, 5, Dilation<2>>>;
#else
using Layer0 = Conv2d<Shape<8, 8, 3>, 4, Kernel<5, 5, Dilation<2>, Same>>;
#endif
static_assert(Layer0::macs > 0);
