// SPDX-License-Identifier: BSL-1.0
// expect: the numbers of a token are divided evenly among the heads of an attention
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = MultiHeadAttention<4, 8, 3>;
#else
using Layer = MultiHeadAttention<4, 8, 2>;
#endif
constexpr auto macs = Layer::macs;
