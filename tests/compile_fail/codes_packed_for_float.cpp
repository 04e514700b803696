// SPDX-License-Identifier: BSL-1.0
// Weight-only products dequantize each group.
// expect: codes beside float activations need their scales at once: use GroupedWeights and multiply_groups
#include <qtensor/gemm.hpp>
using namespace qtensor;

using W = QTensor<const std::int8_t, PerTensor<>, Shape<3, 8>>;
#ifdef BAD
using Activation = float;
#else
using Activation = std::int8_t;
#endif
auto packed(const W& w) { return pack<arch::scalar, Activation>(w); }
