// SPDX-License-Identifier: BSL-1.0
// The last stage makes int8, y holds int32.
// expect: the result has another element type than the last stage makes
#include <qtensor/gemm.hpp>
using namespace qtensor;

using Packed = PackedWeights<arch::scalar, std::int8_t, std::int8_t, PerTensor<>, 2, 3>;
using Layer = Linear<Packed, PerTensor<>, Requantize<std::int8_t>>;
using Activations = QTensor<const std::int8_t, PerTensor<>, Shape<1, 3>>;
#ifdef BAD
using Result = QTensor<std::int32_t, Affine<>, Shape<1, 2>>;
#else
using Result = QTensor<std::int8_t, Affine<>, Shape<1, 2>>;
#endif
void run(const Layer& layer, Activations x, Result y) { layer(x, y); }
