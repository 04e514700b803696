// SPDX-License-Identifier: BSL-1.0
// Training in float leaves no integers behind.
// expect: a network that was trained in float has no integers to freeze: calibrate\(model.parameters\(\), samples\)
#include <qtensor/calibrate.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/train.hpp>
using namespace qtensor;

using Net = Sequential<Dense<2, 1>>;
#ifdef BAD
using Learnt = Model<Net>;
#else
using Learnt = Model<Net, QuantizationAware<>>;
#endif
auto deployed(Learnt& model) { return freeze(model); }
