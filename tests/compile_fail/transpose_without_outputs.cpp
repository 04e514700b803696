// SPDX-License-Identifier: BSL-1.0
// expect: a transposed convolution has at least one output channel
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = TransposeConv2d<Shape<4, 4, 1>, 0, Kernel<3, 3>>;
#else
using Layer = TransposeConv2d<Shape<4, 4, 1>, 1, Kernel<3, 3>>;
#endif
constexpr auto macs = Layer::macs;
