// SPDX-License-Identifier: BSL-1.0
// expect: the sum of a pooling window would not fit an int32
#include <qtensor/gemm.hpp>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = GlobalAveragePool2d<Shape<256, 257, 1>>;
#else
using Layer = GlobalAveragePool2d<Shape<255, 257, 1>>;
#endif
constexpr auto macs = Layer::macs;
