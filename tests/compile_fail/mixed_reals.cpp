// SPDX-License-Identifier: BSL-1.0
// Both operands of a real product are float.
// expect: a product of real numbers takes float operands
#include <qtensor/gemm.hpp>
using namespace qtensor;

#ifdef BAD
using Weight = bfloat16;
#else
using Weight = float;
#endif
constexpr QTensor<float, Unscaled, Shape<1, 2>, Inline> x{};
constexpr QTensor<Weight, Unscaled, Shape<1, 2>, Inline> w{};
constexpr auto y = matmul(x, w);
