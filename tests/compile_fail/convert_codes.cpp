// SPDX-License-Identifier: BSL-1.0
// Codes become real by their scale.
// expect: a real element is float, double, float16 or bfloat16
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using From = std::int8_t;
#else
using From = float;
#endif
constexpr QTensor<From, Unscaled, Shape<2>, Inline> from{};
QTensor<float16, Unscaled, Shape<2>, Inline> to;
void convert() { convert_into(from, to); }
