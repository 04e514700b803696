// SPDX-License-Identifier: BSL-1.0
// The result would have to be allocated.
// expect: dequantize makes a tensor of static shape: use dequantize_into
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Extents = Shape<dyn>;
#else
using Extents = Shape<2>;
#endif
auto real(QTensor<const std::int8_t, PerTensor<>, Extents> codes) { return dequantize(codes); }
