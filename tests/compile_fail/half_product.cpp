// SPDX-License-Identifier: BSL-1.0
// float16 is for storage.
// expect: a product of real numbers takes float activations
#include <qtensor/gemm.hpp>
using namespace qtensor;

#ifdef BAD
using Real = float16;
#else
using Real = float;
#endif
constexpr QTensor<Real, Unscaled, Shape<1, 2>, Inline> x{};
constexpr auto y = matmul(x, x);
