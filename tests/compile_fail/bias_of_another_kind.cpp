// SPDX-License-Identifier: BSL-1.0
// A float bias is added to real numbers, behind Dequantize.
// expect: put a float bias after Dequantize, an int32 bias before
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
constexpr QTensor<float, Unscaled, Shape<1>, Inline> bias{};
#ifdef BAD
constexpr auto y = matmul(x, x, AddBias{bias}, Dequantize<float>{});
#else
constexpr auto y = matmul(x, x, Dequantize<float>{}, AddBias{bias});
#endif
