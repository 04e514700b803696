// SPDX-License-Identifier: BSL-1.0
// expect: both operands and the result have one element type: requantize one of them first
#include <qtensor/layer.hpp>
using namespace qtensor;

using Y = QTensor<std::int8_t, Affine<>, Shape<2, 4>>;
#ifdef BAD
using A = QTensor<const std::uint8_t, Affine<>, Shape<2, 4>>;
#else
using A = QTensor<const std::int8_t, Affine<>, Shape<2, 4>>;
#endif
void add(const A& a, const Y& b, const Y& y) { combine_into<Add>(a, b, y); }
