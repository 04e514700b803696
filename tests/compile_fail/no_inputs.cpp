// SPDX-License-Identifier: BSL-1.0
// expect: a Dense layer has at least one input and one output
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Dense<0, 4>;
#else
using Layer = Dense<1, 4>;
#endif
constexpr auto macs = Layer::macs;
