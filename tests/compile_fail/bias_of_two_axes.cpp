// SPDX-License-Identifier: BSL-1.0
// expect: a bias has one axis: one number per output column
#include <qtensor/gemm.hpp>
using namespace qtensor;

#ifdef BAD
using Bias = QTensor<std::int32_t, Unscaled, Shape<1, 4>, Inline>;
#else
using Bias = QTensor<std::int32_t, Unscaled, Shape<4>, Inline>;
#endif
constexpr AddBias stage{Bias{}};
