// SPDX-License-Identifier: BSL-1.0
// Six channels make no four groups.
// expect: the input channels of a convolution are divided evenly among its groups
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer0 = Conv2d<Shape<8, 8, 6>, 12, Kernel<3, 3>, Identity, numerics::TfLite, 4>;
#else
using Layer0 = Conv2d<Shape<8, 8, 6>, 12, Kernel<3, 3>, Identity, numerics::TfLite, 3>;
#endif
static_assert(Layer0::macs > 0);
