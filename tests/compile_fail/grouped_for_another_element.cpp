// SPDX-License-Identifier: BSL-1.0
// Weights packed for int8 activations are given uint8.
// expect: these weights were packed for another activation type
#include <qtensor/gemm.hpp>
using namespace qtensor;

using W = QTensor<const std::int8_t, PerGroup<dyn>, Shape<2, 2, 8>>;
using Packed = grouped_for<arch::scalar, std::int8_t, W>;
#ifdef BAD
using X = QTensor<const std::uint8_t, Affine<>, Shape<1, 16>>;
#else
using X = QTensor<const std::int8_t, Affine<>, Shape<1, 16>>;
#endif
using Y = QTensor<float, Unscaled, Shape<1, 2>>;
void run(const X& x, const Packed& w, const Y& y) { multiply_groups(x, w, y, {}); }
