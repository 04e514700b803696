// SPDX-License-Identifier: BSL-1.0
// A single number has no axis to run along.
// expect: a tensor of rank 0 has no rows: use Shape<1>
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Extents = Shape<>;
#else
using Extents = Shape<1>;
#endif
constexpr auto x = dequantize(QTensor<std::int8_t, PerTensor<>, Extents, Inline>{});
