// SPDX-License-Identifier: BSL-1.0
// expect: a copy keeps the element: quantize, requantize or convert to change it
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using T = std::uint8_t;
#else
using T = std::int8_t;
#endif
const QTensor<std::int8_t, PerTensor<>, Shape<4>, Inline> from{};
QTensor<T, PerTensor<>, Shape<4>, Inline> to{};
void copy() { copy_into(from, to); }
