// SPDX-License-Identifier: BSL-1.0
// expect: requantize_into takes contiguous tensors
#include <qtensor/tensor.hpp>
using namespace qtensor;

std::int8_t cells[4];
#ifdef BAD
const QTensor<std::int8_t, PerTensor<>, Shape<2>, Strided> from(cells, {}, {2});
#else
const QTensor<std::int8_t, PerTensor<>, Shape<2>> from(cells, {});
#endif
QTensor<std::int8_t, PerTensor<>, Shape<2>, Inline> to;
void convert() { requantize_into(from, to); }
