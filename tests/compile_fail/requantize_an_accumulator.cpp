// SPDX-License-Identifier: BSL-1.0
// Sums become codes where they are made.
// expect: accumulators are requantized by the epilogue stage Requantize
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#ifdef BAD
constexpr auto y = requantize<std::int8_t>(matmul(x, x), PerTensor<>{0.5f});
#else
constexpr auto y = requantize<std::int8_t>(x, PerTensor<>{0.25f});
#endif
