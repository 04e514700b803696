// SPDX-License-Identifier: BSL-1.0
// expect: a GRU resets its hidden numbers by ResetAfter or ResetBefore
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Gru<1, 4, 8, numerics::TfLite, int>;
#else
using Layer = Gru<1, 4, 8, numerics::TfLite, ResetBefore>;
#endif
constexpr auto macs = Layer::macs;
