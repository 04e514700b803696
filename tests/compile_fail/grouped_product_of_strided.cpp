// SPDX-License-Identifier: BSL-1.0
// expect: a grouped product takes contiguous tensors: copy a strided view first
#include <qtensor/gemm.hpp>
using namespace qtensor;

using W = QTensor<const std::int8_t, PerGroup<dyn>, Shape<2, 2, 8>>;
using Packed = grouped_for<arch::scalar, std::int8_t, W>;
#ifdef BAD
using X = QTensor<const std::int8_t, Affine<>, Shape<1, 16>, Strided>;
#else
using X = QTensor<const std::int8_t, Affine<>, Shape<1, 16>>;
#endif
using Y = QTensor<float, Unscaled, Shape<1, 2>>;
void run(const X& x, const Packed& w, const Y& y) { multiply_groups(x, w, y, {}); }
