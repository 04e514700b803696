// SPDX-License-Identifier: BSL-1.0
// expect: a pooling window would lie in the padding alone
#include <qtensor/gemm.hpp>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = MaxPool2d<Shape<8, 8, 2>, Kernel<3, 3, Padding<3>>>;
#else
using Layer = MaxPool2d<Shape<8, 8, 2>, Kernel<3, 3, Padding<1>>>;
#endif
constexpr auto macs = Layer::macs;
