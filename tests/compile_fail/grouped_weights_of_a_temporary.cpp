// SPDX-License-Identifier: BSL-1.0
// expect: weights packed for arch::scalar are read where they are, and these are a temporary: give them a name
#include <qtensor/gemm.hpp>
#include <qtensor/gemm/grouped.hpp>
#include <qtensor/scale.hpp>
using namespace qtensor;

using W = QTensor<std::int8_t, PerGroup<4>, Shape<2, 2, 8>, Inline>;
const W w{};
#ifdef BAD
const grouped_for<arch::scalar, std::int8_t, W> packed{W{}};
#else
const grouped_for<arch::scalar, std::int8_t, W> packed(w);
#endif
