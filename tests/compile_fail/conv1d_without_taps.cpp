// SPDX-License-Identifier: BSL-1.0
// expect: a kernel has at least one tap: Kernel1d<3>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Conv1d<Shape<16, 2>, 4, Kernel1d<0>>;
#else
using Layer = Conv1d<Shape<16, 2>, 4, Kernel1d<1>>;
#endif
constexpr auto macs = Layer::macs;
