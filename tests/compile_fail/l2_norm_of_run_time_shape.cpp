// SPDX-License-Identifier: BSL-1.0
// expect: a normalisation takes a static shape: L2Norm
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = L2Norm<Shape<dyn>>;
#else
using Layer = L2Norm<Shape<4>>;
#endif
constexpr auto macs = Layer::macs;
