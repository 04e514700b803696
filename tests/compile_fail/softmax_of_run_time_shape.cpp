// SPDX-License-Identifier: BSL-1.0
// expect: softmax takes a static shape: Softmax<Shape<10>>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Softmax<Shape<dyn>>;
#else
using Layer = Softmax<Shape<10>>;
#endif
constexpr auto macs = Layer::macs;
