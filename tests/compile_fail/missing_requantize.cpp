// SPDX-License-Identifier: BSL-1.0
// The accumulator of one product goes into the next.
// expect: an accumulator is no operand of a product: end the previous product
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
constexpr auto w = quantize<std::int8_t>({1.0f, 2.0f, 3.0f, 4.0f}, Shape<2, 2>{}, PerTensor<>{0.5f});
#ifdef BAD
constexpr auto hidden = matmul(x, w);
#else
constexpr auto hidden = matmul(x, w, Requantize<std::int8_t>{Affine<>{0.25f, 0}});
#endif
constexpr auto y = matmul(hidden, w);
