// SPDX-License-Identifier: BSL-1.0
// expect: a scale per tensor has no axis to move
#include <qtensor/gemm.hpp>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using S = OnAxis<PerTensor<>, 2>;
#else
using S = OnAxis<PerChannel<4>, 2>;
#endif
constexpr int axis = S::axis;
