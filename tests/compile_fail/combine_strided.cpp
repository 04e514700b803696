// SPDX-License-Identifier: BSL-1.0
// expect: element-wise operations take contiguous tensors: copy a strided view first
#include <qtensor/layer.hpp>
using namespace qtensor;

using Y = QTensor<std::int8_t, Affine<>, Shape<2, 4>>;
#ifdef BAD
using A = QTensor<const std::int8_t, Affine<>, Shape<2, 4>, Strided>;
#else
using A = QTensor<const std::int8_t, Affine<>, Shape<2, 4>>;
#endif
void add(const A& a, const Y& b, const Y& y) { combine_into<Add>(a, b, y); }
