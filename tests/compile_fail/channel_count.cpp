// SPDX-License-Identifier: BSL-1.0
// Four scales for three output channels.
// expect: the number of channel scales differs from the extent of their axis: PerChannel<N, Axis> needs
#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
QTensor<std::int8_t, PerChannel<4>, Shape<3, 2>, Inline> w;
#else
QTensor<std::int8_t, PerChannel<3>, Shape<3, 2>, Inline> w;
#endif
