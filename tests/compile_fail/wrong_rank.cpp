// SPDX-License-Identifier: BSL-1.0
// A vector is no matrix, even if its length fits.
// expect: matmul multiplies matrices, x .m..k. and w .n..k.: view a vector as Shape<1, k>
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
constexpr QTensor<std::int8_t, PerTensor<>, Shape<2>, Inline> x{};
#else
constexpr QTensor<std::int8_t, PerTensor<>, Shape<1, 2>, Inline> x{};
#endif
constexpr QTensor<std::int8_t, PerTensor<>, Shape<3, 2>, Inline> w{};
constexpr auto y = matmul(x, w);
