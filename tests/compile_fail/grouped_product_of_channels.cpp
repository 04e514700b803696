// SPDX-License-Identifier: BSL-1.0
// A scale per column of x has no place in the sum over a group.
// expect: activations are .m..k. with one scale or one per row, or .m..groups..depth. with one per group
#include <qtensor/gemm.hpp>
using namespace qtensor;

using W = QTensor<const std::int8_t, PerGroup<dyn>, Shape<2, 2, 8>>;
using Packed = grouped_for<arch::scalar, std::int8_t, W>;
#ifdef BAD
using X = QTensor<const std::int8_t, PerChannel<16, 1>, Shape<1, 16>>;
#else
using X = QTensor<const std::int8_t, Affine<>, Shape<1, 16>>;
#endif
using Y = QTensor<float, Unscaled, Shape<1, 2>>;
void run(const X& x, const Packed& w, const Y& y) { multiply_groups(x, w, y, {}); }
