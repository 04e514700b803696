// SPDX-License-Identifier: BSL-1.0
// Group the depth first: [n][k] becomes [n][groups][depth of a group].
// expect: grouped weights are .n..groups..depth of a group. with a PerGroup scale
#include <qtensor/gemm.hpp>
using namespace qtensor;

#ifdef BAD
using W = QTensor<const std::int8_t, PerChannel<2, 0>, Shape<2, 2, 8>>;
#else
using W = QTensor<const std::int8_t, PerGroup<4>, Shape<2, 2, 8>>;
#endif
using Packed = grouped_for<arch::scalar, std::int8_t, W>;
Packed pack_groups(const W& w) { return Packed(w); }
