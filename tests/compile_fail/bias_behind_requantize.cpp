// SPDX-License-Identifier: BSL-1.0
// A sum with codes could leave their range.
// expect: AddBias adds to accumulators: put it before Requantize
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
constexpr QTensor<std::int32_t, Unscaled, Shape<1>, Inline> bias{};
#ifdef BAD
constexpr auto y = matmul(x, x, Requantize<std::int8_t>{Affine{0.5f, 0}}, AddBias{bias});
#else
constexpr auto y = matmul(x, x, AddBias{bias}, Requantize<std::int8_t>{Affine{0.5f, 0}});
#endif
