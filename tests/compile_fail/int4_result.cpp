// SPDX-License-Identifier: BSL-1.0
// Two results share a byte, so no lane can store its own.
// expect: a product's result has whole-byte elements: requantize to int8 and pack
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#ifdef BAD
constexpr auto y = matmul(x, x, Requantize<int4>{Affine<>{0.5f, 0}});
#else
constexpr auto y = matmul(x, x, Requantize<std::int8_t>{Affine<>{0.5f, 0}});
#endif
