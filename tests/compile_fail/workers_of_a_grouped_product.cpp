// SPDX-License-Identifier: BSL-1.0
// A number of workers is neither who works nor what is done.
// expect: neither an executor nor an epilogue stage: behind the workspace stands an executor \(Serial\{\}
#include <qtensor/gemm.hpp>
#include <qtensor/gemm/grouped.hpp>
#include <qtensor/scale.hpp>
using namespace qtensor;

using W = GroupedWeights<arch::scalar, std::int8_t, std::int8_t, PerGroup<dyn>>;
using X = QTensor<const std::int8_t, PerTensor<>, Shape<2, 8>>;
using Y = QTensor<float, Unscaled, Shape<2, 3>>;
#ifdef BAD
void run(X x, const W& w, Y y) { multiply_groups(x, w, y, {}, 4); }
#else
void run(X x, const W& w, Y y) { multiply_groups(x, w, y, {}, Serial{}); }
#endif
