// SPDX-License-Identifier: BSL-1.0
// A stage is fused into a layer, not put beside it.
// expect: not a layer: it needs static input_shape and output_shape
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

#ifdef BAD
using Net = Sequential<Dense<4, 3>, Relu>;
#else
using Net = Sequential<Dense<4, 3, Relu>>;
#endif
constexpr auto size = Net::weight_bytes;
