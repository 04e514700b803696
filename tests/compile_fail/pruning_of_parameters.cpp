// SPDX-License-Identifier: BSL-1.0
// expect: what learns is a model of the network, not its parameters: Model<Net> model\(parameters\)
#include <qtensor/calibrate.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/train.hpp>
using namespace qtensor;

using Net = Sequential<Dense<2, 1>>;
#ifdef BAD
using Learnt = Net::Float;
#else
using Learnt = Model<Net>;
#endif
auto mask(Learnt& net) { return prune_smallest(net, 0.5); }
