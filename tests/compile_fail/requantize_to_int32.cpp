// SPDX-License-Identifier: BSL-1.0
// Codes have at most 16 bits.
// expect: Requantize makes codes of 16 bits at most: leave accumulators as they are, or Dequantize
#include <qtensor/gemm.hpp>
using namespace qtensor;

constexpr std::int8_t codes[] = {1, 2, 3, 4};
constexpr QTensor<const std::int8_t, PerTensor<>, Shape<2, 2>> w(codes, {}, PerTensor<>{0.5f});
#ifdef BAD
const auto y = matmul(w, w, Requantize<std::int32_t>{Affine<>{0.5f, 0}});
#else
const auto y = matmul(w, w, Requantize<std::int16_t>{Affine<>{0.5f, 0}});
#endif
