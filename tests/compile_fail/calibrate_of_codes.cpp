// SPDX-License-Identifier: BSL-1.0
// expect: calibrate takes the float parameters of a network, Sequential<...>::Float, as model.parameters\(\) gives them
#include <qtensor/calibrate.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/train.hpp>
using namespace qtensor;

using Net = Sequential<Dense<2, 1>>;
#ifdef BAD
using Given = Net::Quantized;
#else
using Given = Net::Float;
#endif
auto codes(const Given& net, std::span<const float> samples) { return calibrate(net, samples); }
