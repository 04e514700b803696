// SPDX-License-Identifier: BSL-1.0
// The sum of the exponentials is an int32 in Q12.19.
// expect: softmax: more logits in a row than the sum of exponentials holds
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Softmax<Shape<4096>>;
#else
using Layer = Softmax<Shape<4095>>;
#endif
constexpr auto macs = Layer::macs;
