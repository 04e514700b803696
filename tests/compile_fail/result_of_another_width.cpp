// SPDX-License-Identifier: BSL-1.0
// The weights have two outputs, y has three columns.
// expect: y has another width than the weights have outputs
#include <qtensor/gemm.hpp>
using namespace qtensor;

using Packed = PackedWeights<arch::scalar, std::int8_t, std::int8_t, PerTensor<>, 2, 3>;
using Layer = Linear<Packed, PerTensor<>>;
using Activations = QTensor<const std::int8_t, PerTensor<>, Shape<1, 3>>;
#ifdef BAD
using Result = QTensor<std::int32_t, Product<PerTensor<>, PerTensor<>>, Shape<1, 3>>;
#else
using Result = QTensor<std::int32_t, Product<PerTensor<>, PerTensor<>>, Shape<1, 2>>;
#endif
void run(const Layer& layer, Activations x, Result y) { layer(x, y); }
