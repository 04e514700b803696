// SPDX-License-Identifier: BSL-1.0
// The slope of a leaky ReLU is part of its type.
// expect: alpha is known to the compiler: Ratio<3, 10> or PowerOfTwo<-3>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = LeakyRelu<Shape<8>, PerTensor<>>;
#else
using Layer = LeakyRelu<Shape<8>, Ratio<3, 10>>;
#endif
constexpr auto macs = Layer::macs;
