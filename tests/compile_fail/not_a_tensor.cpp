// SPDX-License-Identifier: BSL-1.0
// A product knows what its operands are worth.
// expect: not a tensor: wrap the data as QTensor.pointer, Shape
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
constexpr std::int8_t codes[] = {1, 2};
#ifdef BAD
constexpr auto y = matmul(x, codes);
#else
constexpr auto y = matmul(x, QTensor<const std::int8_t, PerTensor<>, Shape<1, 2>>(codes, {}));
#endif
