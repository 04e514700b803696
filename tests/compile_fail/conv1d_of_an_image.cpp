// SPDX-License-Identifier: BSL-1.0
// expect: a one-dimensional convolution takes signals of static shape: Shape<length, channels>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Conv1d<Shape<4, 4, 2>, 4, Kernel1d<3>>;
#else
using Layer = Conv1d<Shape<16, 2>, 4, Kernel1d<3>>;
#endif
constexpr auto macs = Layer::macs;
