// SPDX-License-Identifier: BSL-1.0
// expect: softmax takes at least one logit
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Softmax<Shape<10, 0>>;
#else
using Layer = Softmax<Shape<10, 1>>;
#endif
constexpr auto macs = Layer::macs;
