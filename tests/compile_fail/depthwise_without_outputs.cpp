// SPDX-License-Identifier: BSL-1.0
// expect: a depthwise convolution makes at least one output of each channel
#include <qtensor/gemm.hpp>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = DepthwiseConv2d<Shape<8, 8, 2>, Kernel<3, 3>, Identity, numerics::TfLite, 0>;
#else
using Layer = DepthwiseConv2d<Shape<8, 8, 2>, Kernel<3, 3>, Identity, numerics::TfLite, 1>;
#endif
constexpr auto macs = Layer::macs;
