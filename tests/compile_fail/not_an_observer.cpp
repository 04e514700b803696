// SPDX-License-Identifier: BSL-1.0
// An observer says which range it saw.
// expect: not an observer: it needs void observe.std::span<const float>. and Range range
#include <qtensor/calibrate.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/train.hpp>
using namespace qtensor;

using Net = Sequential<Dense<2, 1>>;
struct Mine {
    void observe(std::span<const float>) {}
#ifdef BAD
    Range range() { return {}; }
#else
    Range range() const { return {}; }
#endif
};
auto codes(const Net::Float& net, std::span<const float> samples) { return calibrate(net, samples, Mine{}); }
