// SPDX-License-Identifier: BSL-1.0
// Columns 6 to 9 of 8.
// expect: a slice lies inside its input
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Slice<Shape<8, 8, 3>, Begin<0, 6, 0>, Shape<8, 4, 3>>;
#else
using Layer = Slice<Shape<8, 8, 3>, Begin<0, 4, 0>, Shape<8, 4, 3>>;
#endif
constexpr auto macs = Layer::macs;
