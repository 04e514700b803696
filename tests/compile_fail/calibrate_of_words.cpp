// SPDX-License-Identifier: BSL-1.0
// expect: calibrate observes real numbers: a network that begins with an Embedding is calibrated without it
#include <qtensor/calibrate.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/train.hpp>
using namespace qtensor;

#ifdef BAD
using Net = Sequential<Embedding<4, 10, 2>, Dense<8, 1>>;
#else
using Net = Sequential<Dense<8, 1>>;
#endif
auto codes(const Net::Float& net, std::span<const float> samples) { return calibrate(net, samples); }
