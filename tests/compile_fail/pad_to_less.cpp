// SPDX-License-Identifier: BSL-1.0
// expect: the input lies inside its padded output
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Pad<Shape<8, 8, 3>, Begin<1, 1, 0>, Shape<8, 8, 3>>;
#else
using Layer = Pad<Shape<8, 8, 3>, Begin<1, 1, 0>, Shape<10, 10, 3>>;
#endif
constexpr auto macs = Layer::macs;
