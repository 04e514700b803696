// SPDX-License-Identifier: BSL-1.0
// 16-bit activations are summed in int64, for which TFLite has a rule and XNNPACK has none.
// expect: Requantize takes int32 accumulators; these are int64, so the product is deeper
#include <qtensor/gemm.hpp>
#include <qtensor/numeric.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int16_t>({1.0f, 2.0f, 3.0f}, Shape<1, 3>{}, PerTensor<>{0.5f});
#ifdef BAD
using Rule = XnnpackFp32;
#else
using Rule = TfLiteDoubleRounding;
#endif
constexpr auto y = matmul(x, x, Requantize<std::int8_t, Rule>{Affine{0.5f, 0}});
