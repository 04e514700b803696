// SPDX-License-Identifier: BSL-1.0
// expect: the scale of depthwise filters is per tensor or per output
#include <qtensor/gemm.hpp>
#include <qtensor/layer.hpp>
using namespace qtensor;

template <int Axis>
using Filters = QTensor<const std::int8_t, PerChannel<3, Axis>, Shape<3, 3, 3>>;
#ifdef BAD
constexpr int axis = 1;
#else
constexpr int axis = 2;
#endif
using Packed = DepthwiseWeights<arch::scalar, std::int8_t, std::int8_t, PerChannel<3, axis>, 3, 3, 3>;
auto pack_them(const Filters<axis>& filters) { return Packed(filters); }
