// SPDX-License-Identifier: BSL-1.0
// Weights are scaled per output, not per input.
// expect: weights are \[out\]\[in\] and their scale is per tensor or per output channel
#include <qtensor/gemm.hpp>
#include <qtensor/scale.hpp>
using namespace qtensor;

constexpr QTensor<std::int8_t, PerTensor<>, Shape<1, 2>, Inline> x{};
#ifdef BAD
QTensor<std::int8_t, PerChannel<2, 1>, Shape<3, 2>, Inline> w({}, PerChannel<2, 1>{{1.0f, 1.0f}});
#else
QTensor<std::int8_t, PerChannel<3, 0>, Shape<3, 2>, Inline> w({}, PerChannel<3, 0>{{1.0f, 1.0f, 1.0f}});
#endif
auto y = matmul(x, w);
