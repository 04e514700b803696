// SPDX-License-Identifier: BSL-1.0
// expect: a transposition names every axis once
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Transpose<Shape<7, 9, 64>, 2, 0, 0>;
#else
using Layer = Transpose<Shape<7, 9, 64>, 2, 0, 1>;
#endif
constexpr auto macs = Layer::macs;
