// SPDX-License-Identifier: BSL-1.0
// expect: an embedding has at least one token, word and number
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Embedding<4, 0, 8>;
#else
using Layer = Embedding<4, 1, 8>;
#endif
constexpr auto macs = Layer::macs;
