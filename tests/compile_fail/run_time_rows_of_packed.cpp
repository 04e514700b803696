// SPDX-License-Identifier: BSL-1.0
// The core does not allocate a result, whoever packed the weights.
// expect: the core multiplies static shapes in one call: for run-time sizes include <qtensor/heap.hpp>
#include <qtensor/gemm.hpp>
using namespace qtensor;

#ifdef BAD
using Extents = Shape<dyn, 2>;
#else
using Extents = Shape<1, 2>;
#endif
using Activations = QTensor<const std::int8_t, PerTensor<>, Extents>;
using Packed = PackedWeights<arch::scalar, std::int8_t, std::int8_t, PerTensor<>, 3, 2>;
auto product(Activations x, const Packed& packed) { return matmul(x, packed); }
