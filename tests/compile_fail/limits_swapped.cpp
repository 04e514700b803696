// SPDX-License-Identifier: BSL-1.0
// Values are compared when stages are bound, here by the compiler.
// expect: Clamp: the lower limit is above the upper one
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#ifdef BAD
constexpr auto y = matmul(x, x, Clamp{6, 0});
#else
constexpr auto y = matmul(x, x, Clamp{0, 6});
#endif
