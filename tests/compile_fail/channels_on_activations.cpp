// SPDX-License-Identifier: BSL-1.0
// Per-channel scales along the rows of the activations.
// expect: per-channel scales belong to weights
#include <qtensor/gemm.hpp>
#include <qtensor/scale.hpp>
using namespace qtensor;

#ifdef BAD
constexpr QTensor<std::int8_t, PerChannel<1>, Shape<1, 2>, Inline> x{};
#else
constexpr QTensor<std::int8_t, PerTensor<>, Shape<1, 2>, Inline> x{};
#endif
QTensor<std::int8_t, PerChannel<3>, Shape<3, 2>, Inline> w({}, PerChannel<3>{{1.0f, 1.0f, 1.0f}});
auto y = matmul(x, w);
