// SPDX-License-Identifier: BSL-1.0
// expect: p-ReLU takes a static shape with channels along its last axis: PRelu<Shape<28, 28, 16>>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = PRelu<Shape<dyn>>;
#else
using Layer = PRelu<Shape<4>>;
#endif
constexpr auto macs = Layer::macs;
