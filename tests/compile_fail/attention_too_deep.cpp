// SPDX-License-Identifier: BSL-1.0
// expect: attention: a head this deep could overflow the int32 of its scores
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Attention<1, 1, 16385>;
#else
using Layer = Attention<1, 1, 16384>;
#endif
constexpr auto layer = pack<arch::scalar>(Layer::Quantized{});
