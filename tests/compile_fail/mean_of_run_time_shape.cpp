// SPDX-License-Identifier: BSL-1.0
// expect: a mean takes a static shape: ReduceMean<Shape<7, 7, 64>, Axes<0, 1>>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = ReduceMean<Shape<dyn, 4>, Axes<0>>;
#else
using Layer = ReduceMean<Shape<3, 4>, Axes<0>>;
#endif
constexpr auto macs = Layer::macs;
