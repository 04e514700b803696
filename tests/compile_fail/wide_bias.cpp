// SPDX-License-Identifier: BSL-1.0
// The proof is for int32 sums.
// expect: the bias is wider than the accumulator it is added to
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#ifdef BAD
using Bias = QTensor<std::int64_t, Unscaled, Shape<1>, Inline>;
#else
using Bias = QTensor<std::int32_t, Unscaled, Shape<1>, Inline>;
#endif
constexpr auto y = matmul(x, x, AddBias{Bias{}});
