// SPDX-License-Identifier: BSL-1.0
// expect: these stages keep the element: Relu, Clamp
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Last = Dequantize<>;
#else
using Last = Relu;
#endif
using Y = QTensor<std::int8_t, Affine<>, Shape<2, 4>>;
void add(const Y& a, const Y& b, const Y& y) { combine_into<Add>(a, b, y, Last{}); }
