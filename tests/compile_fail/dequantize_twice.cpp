// SPDX-License-Identifier: BSL-1.0
// expect: Dequantize takes integers: the values here are real already, leave it out
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#ifdef BAD
constexpr auto y = matmul(x, x, Dequantize<float>{}, Dequantize<float16>{});
#else
constexpr auto y = matmul(x, x, Dequantize<float16>{});
#endif
