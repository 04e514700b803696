// SPDX-License-Identifier: BSL-1.0
// expect: the filters of a depthwise convolution have three axes
#include <qtensor/gemm.hpp>
#include <qtensor/layer.hpp>
using namespace qtensor;

using Packed = DepthwiseWeights<arch::scalar, std::int8_t, std::int8_t, PerTensor<>, 3, 3, 2>;
#ifdef BAD
using Filters = QTensor<const std::int8_t, PerTensor<>, Shape<9, 2, 1, 1>>;
#else
using Filters = QTensor<const std::int8_t, PerTensor<>, Shape<3, 3, 2>>;
#endif
auto pack_them(const Filters& filters) { return Packed(filters); }
