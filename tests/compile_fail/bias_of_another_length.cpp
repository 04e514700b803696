// SPDX-License-Identifier: BSL-1.0
// Two biases for one output.
// expect: the bias has one number per output column
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#ifdef BAD
constexpr QTensor<std::int32_t, Unscaled, Shape<2>, Inline> bias{};
#else
constexpr QTensor<std::int32_t, Unscaled, Shape<1>, Inline> bias{};
#endif
auto product() { return matmul(x, x, AddBias{bias}); }
