// SPDX-License-Identifier: BSL-1.0
// 32 outputs do not fit 33 inputs.
// expect: two neighbouring layers do not fit: the first one's output has another shape or size
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

#ifdef BAD
using Net = Sequential<Dense<64, 32, Relu>, Dense<33, 10>>;
#else
using Net = Sequential<Dense<64, 32, Relu>, Dense<32, 10>>;
#endif
constexpr auto size = Net::weight_bytes;
