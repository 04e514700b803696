// SPDX-License-Identifier: BSL-1.0
// expect: log-softmax takes a static shape: LogSoftmax<Shape<10>>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = LogSoftmax<Shape<dyn>>;
#else
using Layer = LogSoftmax<Shape<10>>;
#endif
constexpr auto macs = Layer::macs;
