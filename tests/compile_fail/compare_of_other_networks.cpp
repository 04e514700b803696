// SPDX-License-Identifier: BSL-1.0
// Two networks of one shape are still two networks.
// expect: compare takes two readings of one network: these are parameters of different ones
#include <qtensor/calibrate.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/train.hpp>
using namespace qtensor;

using Net = Sequential<Dense<2, 1>>;
#ifdef BAD
using Other = Sequential<Dense<2, 1, Relu>>;
#else
using Other = Net;
#endif
auto lost(const Net::Float& net, const Other::Quantized& other, std::span<const float> samples) {
    return compare(net, other, samples);
}
