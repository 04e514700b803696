// SPDX-License-Identifier: BSL-1.0
// A rounding is no stage.
// expect: not an activation: use Identity, Relu, or a default-constructible epilogue stage
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Dense<4, 3, HalfEven>;
#else
using Layer = Dense<4, 3, Relu>;
#endif
constexpr auto macs = Layer::macs;
