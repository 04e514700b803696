// SPDX-License-Identifier: BSL-1.0
// expect: images have four axes, x and y .batch..height..width..channels.
#include <qtensor/gemm.hpp>
#include <qtensor/layer.hpp>
using namespace qtensor;

using Packed = packed_for<arch::scalar, std::int8_t, QTensor<const std::int8_t, PerTensor<>, Shape<2, 9>>>;
using Bound = BoundConv2d<Packed, PerTensor<>, void>;
using Y = QTensor<std::int32_t, Product<PerTensor<>, PerTensor<>>, Shape<1, 6, 6, 2>>;
#ifdef BAD
using X = QTensor<const std::int8_t, PerTensor<>, Shape<8, 8, 1>>;
#else
using X = QTensor<const std::int8_t, PerTensor<>, Shape<1, 8, 8, 1>>;
#endif
void run(const Bound& bound, const Packed& filters, X x, Y y) { bound.run(filters, x, y); }
