// SPDX-License-Identifier: BSL-1.0
// expect: a sum is rounded value by value: use a rounding without an index
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Rounding = Stochastic;
#else
using Rounding = HalfEven;
#endif
struct Mine : numerics::Onnx {
    using rounding = Rounding;
};
using Y = QTensor<std::int8_t, Affine<>, Shape<2, 4>>;
void add(const Y& a, const Y& b, const Y& y) { combine_into<Add, Mine>(a, b, y); }
