// SPDX-License-Identifier: BSL-1.0
// A sum over groups has no scale of its own.
// expect: a grouped product makes real numbers: y is a contiguous float matrix
#include <qtensor/gemm.hpp>
#include <qtensor/gemm/grouped.hpp>
#include <qtensor/scale.hpp>
using namespace qtensor;

using W = GroupedWeights<arch::scalar, std::int8_t, std::int8_t, PerGroup<dyn>>;
using X = QTensor<const std::int8_t, PerTensor<>, Shape<2, 8>>;
#ifdef BAD
using Y = QTensor<std::int8_t, PerTensor<>, Shape<2, 3>>;
#else
using Y = QTensor<float, Unscaled, Shape<2, 3>>;
#endif
void run(X x, const W& w, Y y) { multiply_groups(x, w, y, {}); }
