// SPDX-License-Identifier: BSL-1.0
// The result would have to be allocated.
// expect: requantize makes a tensor of static shape: use requantize_into
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Extents = Shape<dyn>;
#else
using Extents = Shape<2>;
#endif
auto other(QTensor<const std::int8_t, PerTensor<>, Extents> codes) {
    return requantize<std::int8_t>(codes, PerTensor<>{0.5f});
}
