// SPDX-License-Identifier: BSL-1.0
// expect: the output channels of a convolution are divided evenly among its groups
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Conv2d<Shape<8, 8, 4>, 3, Kernel<3, 3>, Relu, numerics::TfLite, 2>;
#else
using Layer = Conv2d<Shape<8, 8, 4>, 4, Kernel<3, 3>, Relu, numerics::TfLite, 2>;
#endif
constexpr auto macs = Layer::macs;
