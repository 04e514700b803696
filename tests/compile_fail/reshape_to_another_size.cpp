// SPDX-License-Identifier: BSL-1.0
// expect: a shape is changed into one with as many elements
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Reshape<Shape<4, 6>, Shape<5, 5>>;
#else
using Layer = Reshape<Shape<4, 6>, Shape<3, 8>>;
#endif
constexpr auto macs = Layer::macs;
