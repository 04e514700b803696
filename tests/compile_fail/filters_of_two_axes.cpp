// SPDX-License-Identifier: BSL-1.0
// The filters of a convolution, before they become a matrix.
// expect: filters have four axes: .out..rows..columns..channels . groups.
#include <qtensor/gemm.hpp>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Filters = QTensor<const std::int8_t, PerTensor<>, Shape<2, 9>>;
#else
using Filters = QTensor<const std::int8_t, PerTensor<>, Shape<2, 3, 3, 1>>;
#endif
auto rows(const Filters& filters) { return filter_rows(filters); }
