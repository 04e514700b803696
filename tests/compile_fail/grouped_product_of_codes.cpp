// SPDX-License-Identifier: BSL-1.0
// expect: a grouped product makes real numbers: y is a contiguous float matrix
#include <qtensor/gemm.hpp>
using namespace qtensor;

using W = QTensor<const std::int8_t, PerGroup<dyn>, Shape<2, 2, 8>>;
using Packed = grouped_for<arch::scalar, std::int8_t, W>;
#ifdef BAD
using Y = QTensor<std::int32_t, Unscaled, Shape<1, 2>>;
#else
using Y = QTensor<float, Unscaled, Shape<1, 2>>;
#endif
using X = QTensor<const std::int8_t, Affine<>, Shape<1, 16>>;
void run(const X& x, const Packed& w, const Y& y) { multiply_groups(x, w, y, {}); }
