// SPDX-License-Identifier: BSL-1.0
// expect: a scale is positive: Ratio<Numerator, Denominator> takes two positive integers
#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Worth = Ratio<1, 0>;
#else
using Worth = Ratio<1, 3>;
#endif
QTensor<std::int8_t, Worth, Shape<2>, Inline> x;
