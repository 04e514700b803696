// SPDX-License-Identifier: BSL-1.0
// expect: the padding of a transposed convolution leaves nothing
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = TransposeConv2d<Shape<1, 1, 1>, 1, Kernel<3, 3, Padding<2>>>;
#else
using Layer = TransposeConv2d<Shape<1, 1, 1>, 1, Kernel<3, 3, Padding<1>>>;
#endif
constexpr auto macs = Layer::macs;
