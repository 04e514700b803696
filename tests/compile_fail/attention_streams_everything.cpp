// SPDX-License-Identifier: BSL-1.0
// A token that sees what comes later cannot be answered before it has come.
// expect: attention streams where a token sees the past alone: Attention<Tokens, Heads, Depth, Past>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Attention<4, 2, 2>;
#else
using Layer = Attention<4, 2, 2, Past>;
#endif
auto start(const Layer::Quantized::packed<arch::scalar>& layer) { return layer.initial_state(); }
