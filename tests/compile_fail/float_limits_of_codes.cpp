// SPDX-License-Identifier: BSL-1.0
// Limits of codes are codes.
// expect: Clamp's limits are integers for codes and accumulators
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#ifdef BAD
constexpr auto y = matmul(x, x, Clamp{0.0f, 6.0f});
#else
constexpr auto y = matmul(x, x, Dequantize<float>{}, Clamp{0.0f, 6.0f});
#endif
