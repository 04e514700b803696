// SPDX-License-Identifier: BSL-1.0
// The accumulator is worth 1/16 * 1/8; the bias says 1/100.
// expect: the bias has another scale than the accumulator: a bias is quantized with input scale
#include <qtensor/gemm.hpp>
#include <qtensor/scale.hpp>
using namespace qtensor;

constexpr QTensor<std::int8_t, Ratio<1, 16>, Shape<1, 2>, Inline> x{};
constexpr QTensor<std::int8_t, Ratio<1, 8>, Shape<1, 2>, Inline> w{};
#ifdef BAD
constexpr QTensor<std::int32_t, Ratio<1, 100>, Shape<1>, Inline> bias{};
#else
constexpr QTensor<std::int32_t, Ratio<1, 128>, Shape<1>, Inline> bias{};
#endif
auto product() { return matmul(x, w, AddBias{bias}); }
