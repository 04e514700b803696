// SPDX-License-Identifier: BSL-1.0
// expect: convert_into goes from float or to float: convert in two steps
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using From = bfloat16;
#else
using From = float;
#endif
constexpr QTensor<From, Unscaled, Shape<2>, Inline> from{};
QTensor<float16, Unscaled, Shape<2>, Inline> to;
void convert() { convert_into(from, to); }
