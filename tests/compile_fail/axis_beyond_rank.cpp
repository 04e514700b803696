// SPDX-License-Identifier: BSL-1.0
// A matrix has axes 0 and 1.
// expect: the scale's axis is not an axis of this shape
#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
QTensor<std::int8_t, PerChannel<2, 2>, Shape<3, 2>, Inline> w;
#else
QTensor<std::int8_t, PerChannel<2, 1>, Shape<3, 2>, Inline> w;
#endif
