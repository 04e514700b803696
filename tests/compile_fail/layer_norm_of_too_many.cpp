// SPDX-License-Identifier: BSL-1.0
// expect: a normalisation is over 1 to 65536 numbers
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = LayerNorm<Shape<65537>>;
#else
using Layer = LayerNorm<Shape<65536>>;
#endif
constexpr auto macs = Layer::macs;
