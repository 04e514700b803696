// SPDX-License-Identifier: BSL-1.0
// expect: a transposed convolution has taps, and its strides and dilations are at least 1
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = TransposeConv2d<Shape<4, 4, 1>, 1, Kernel<3, 3, Stride<0>>>;
#else
using Layer = TransposeConv2d<Shape<4, 4, 1>, 1, Kernel<3, 3, Stride<1>>>;
#endif
constexpr auto macs = Layer::macs;
