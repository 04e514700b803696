// SPDX-License-Identifier: BSL-1.0
// expect: a mean is over axes that its input has: Axes<0, 1>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = ReduceMean<Shape<3, 4>, Axes<2>>;
#else
using Layer = ReduceMean<Shape<3, 4>, Axes<1>>;
#endif
constexpr auto macs = Layer::macs;
