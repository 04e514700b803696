// SPDX-License-Identifier: BSL-1.0
// Real numbers become codes by quantize, not by Requantize.
// expect: Requantize takes accumulators: it stands before Dequantize and at most once
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#ifdef BAD
constexpr auto y = matmul(x, x, Dequantize<float>{}, Requantize<std::int8_t>{Affine<>{0.5f, 0}});
#else
constexpr auto y = matmul(x, x, Requantize<std::int8_t>{Affine<>{0.5f, 0}}, Dequantize<float>{});
#endif
