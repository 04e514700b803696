// SPDX-License-Identifier: BSL-1.0
// Two int4 share a byte.
// expect: codes are moved and combined as whole bytes: unpack int4 to int8 first
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using T = int4;
#else
using T = std::int8_t;
#endif
const QTensor<T, PerTensor<>, Shape<4>, Inline> from{};
QTensor<T, PerTensor<>, Shape<4>, Inline> to{};
void copy() { copy_into(from, to); }
