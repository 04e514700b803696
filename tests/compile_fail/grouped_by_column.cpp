// SPDX-License-Identifier: BSL-1.0
// A scale per column of x stands inside the sum.
// expect: activations of a grouped product are contiguous codes of whole bytes
#include <qtensor/gemm.hpp>
#include <qtensor/gemm/grouped.hpp>
#include <qtensor/scale.hpp>
using namespace qtensor;

using W = GroupedWeights<arch::scalar, std::int8_t, std::int8_t, PerGroup<dyn>>;
using Y = QTensor<float, Unscaled, Shape<2, 3>>;
#ifdef BAD
using X = QTensor<const std::int8_t, PerChannel<8, 1>, Shape<2, 8>>;
#else
using X = QTensor<const std::int8_t, PerChannel<2, 0>, Shape<2, 8>>;
#endif
void run(X x, const W& w, Y y) { multiply_groups(x, w, y, {}); }
