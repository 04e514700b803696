// SPDX-License-Identifier: BSL-1.0
// An operation of your own says what its slopes are.
// expect: nobody has said how this operation learns: specialise OperationSlope<Op> with static std::pair<float, float> at
#include <qtensor/calibrate.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/train.hpp>
using namespace qtensor;

struct Middle {
    template <class, class> struct Bound;
};
#ifndef BAD
template <> struct qtensor::OperationSlope<Middle> {
    static constexpr std::pair<float, float> at(float, float) { return {0.5f, 0.5f}; }
};
#endif

const auto slopes = OperationSlope<Middle>::at(1.0f, 2.0f);
