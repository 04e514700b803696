// SPDX-License-Identifier: BSL-1.0
// The core does not allocate a result.
// expect: the core multiplies static shapes in one call: for run-time sizes include <qtensor/heap.hpp>
#include <qtensor/gemm.hpp>
using namespace qtensor;

#ifdef BAD
using Extents = Shape<dyn, 2>;
#else
using Extents = Shape<1, 2>;
#endif
using Activations = QTensor<const std::int8_t, PerTensor<>, Extents>;
using Weights = QTensor<const std::int8_t, PerTensor<>, Shape<2, 2>>;
auto product(Activations x, Weights w) { return matmul(x, w); }
