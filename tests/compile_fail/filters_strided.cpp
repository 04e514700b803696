// SPDX-License-Identifier: BSL-1.0
// expect: filters are contiguous: copy a strided view first
#include <qtensor/gemm.hpp>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Filters = QTensor<const std::int8_t, PerTensor<>, Shape<2, 3, 3, 1>, Strided>;
#else
using Filters = QTensor<const std::int8_t, PerTensor<>, Shape<2, 3, 3, 1>>;
#endif
auto rows(const Filters& filters) { return filter_rows(filters); }
