// SPDX-License-Identifier: BSL-1.0
// What lies in the object has a size that the compiler knows.
// expect: Inline storage needs a static shape: write Shape<2, 3>
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
QTensor<std::int8_t, PerTensor<>, Shape<dyn, 3>, Inline> x(Shape<dyn, 3>(2));
#else
QTensor<std::int8_t, PerTensor<>, Shape<2, 3>, Inline> x(Shape<2, 3>{});
#endif
