// SPDX-License-Identifier: BSL-1.0
// Weights are seen as groups of codes.
// expect: grouped weights are a contiguous tensor \[n\]\[groups\]\[depth of a group\] with a PerGroup scale
#include <qtensor/gemm.hpp>
#include <qtensor/gemm/grouped.hpp>
#include <qtensor/scale.hpp>
using namespace qtensor;

#ifdef BAD
using Q = QTensor<const std::int8_t, PerChannel<3>, Shape<3, 8>>;
#else
using Q = QTensor<const std::int8_t, PerGroup<6>, Shape<3, 2, 4>>;
#endif
auto weights(const Q& w) { return grouped_for<arch::scalar, std::int8_t, Q>(w); }
