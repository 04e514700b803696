// SPDX-License-Identifier: BSL-1.0
// An activation of your own says what its slope is.
// expect: nobody has said how this activation learns: specialise ActivationSlope<A> with static float at.float before
#include <qtensor/calibrate.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/train.hpp>
using namespace qtensor;

struct Halve {
    template <class V> constexpr V operator()(V v, const Cell&) const { return v / 2; }
};
#ifndef BAD
template <> struct qtensor::ActivationSlope<Halve> {
    static constexpr float at(float) { return 0.5f; }
};
#endif

const float slope = ActivationSlope<Halve>::at(1.0f);
