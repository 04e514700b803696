// SPDX-License-Identifier: BSL-1.0
// A kernel reads whole bytes.
// expect: activations have whole-byte elements: unpack int4 to int8 first
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto w = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#ifdef BAD
using Code = int4;
#else
using Code = std::int8_t;
#endif
constexpr auto x = quantize<Code>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
constexpr auto y = matmul(x, w);
