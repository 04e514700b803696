// SPDX-License-Identifier: BSL-1.0
// expect: a normalisation takes a static shape: LayerNorm
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = LayerNorm<Shape<dyn>>;
#else
using Layer = LayerNorm<Shape<4>>;
#endif
constexpr auto macs = Layer::macs;
