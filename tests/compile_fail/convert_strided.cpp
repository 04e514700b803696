// SPDX-License-Identifier: BSL-1.0
// expect: convert_into takes contiguous tensors
#include <qtensor/tensor.hpp>
using namespace qtensor;

float cells[4];
#ifdef BAD
const QTensor<float, Unscaled, Shape<2>, Strided> from(cells, {}, {2});
#else
const QTensor<float, Unscaled, Shape<2>> from(cells, {});
#endif
QTensor<float16, Unscaled, Shape<2>, Inline> to;
void convert() { convert_into(from, to); }
