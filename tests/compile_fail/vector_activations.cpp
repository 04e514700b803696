// SPDX-License-Identifier: BSL-1.0
// A single row is a matrix of one row.
// expect: a product takes matrices: x .m..k. and y .m..n.; view vectors as Shape<1, k>
#include <qtensor/gemm.hpp>
using namespace qtensor;

using Packed = PackedWeights<arch::scalar, std::int8_t, std::int8_t, PerTensor<>, 2, 3>;
using Layer = Linear<Packed, PerTensor<>>;
using Result = QTensor<std::int32_t, Product<PerTensor<>, PerTensor<>>, Shape<1, 2>>;
#ifdef BAD
using Activations = QTensor<const std::int8_t, PerTensor<>, Shape<3>>;
#else
using Activations = QTensor<const std::int8_t, PerTensor<>, Shape<1, 3>>;
#endif
void run(const Layer& layer, Activations x, Result y) { layer(x, y); }
