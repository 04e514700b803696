// SPDX-License-Identifier: BSL-1.0
// A real element was meant, or Requantize.
// expect: a real element is float, double, float16 or bfloat16
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#ifdef BAD
constexpr auto y = matmul(x, x, Dequantize<std::int8_t>{});
#else
constexpr auto y = matmul(x, x, Dequantize<bfloat16>{});
#endif
