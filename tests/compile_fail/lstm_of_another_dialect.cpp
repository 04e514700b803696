// SPDX-License-Identifier: BSL-1.0
// expect: the integer LSTM is TFLite.s: take a bundle whose dialect is of its family
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Rule = XnnpackFp32;
#else
using Rule = TfLiteDoubleRounding;
#endif
constexpr auto size = sizeof(LstmCells<std::int8_t, Rule, 4>);
