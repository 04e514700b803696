// SPDX-License-Identifier: BSL-1.0
// Real activations with integer weights.
// expect: one operand is integer and the other real: quantize the real one first
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto w = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#ifdef BAD
constexpr QTensor<float, Unscaled, Shape<1, 2>, Inline> x{};
#else
constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#endif
constexpr auto y = matmul(x, w);
