// SPDX-License-Identifier: BSL-1.0
// x is [1][2], w is [2][3].
// expect: matmul multiplies x .m..k. by the transpose of w .n..k.: both have the same last extent
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr QTensor<std::int8_t, PerTensor<>, Shape<1, 2>, Inline> x{};
#ifdef BAD
constexpr QTensor<std::int8_t, PerTensor<>, Shape<2, 3>, Inline> w{};
#else
constexpr QTensor<std::int8_t, PerTensor<>, Shape<3, 2>, Inline> w{};
#endif
constexpr auto y = matmul(x, w);
