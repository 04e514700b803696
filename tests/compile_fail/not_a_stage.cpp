// SPDX-License-Identifier: BSL-1.0
// A bare number is not a stage.
// expect: not an epilogue stage here: use AddBias, Relu, Clamp, Requantize
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#ifdef BAD
constexpr auto y = matmul(x, x, 6);
#else
constexpr auto y = matmul(x, x, Clamp{0, 6});
#endif
