// SPDX-License-Identifier: BSL-1.0
// Codes mean nothing without their scales, and float activations have no accumulator to hold them.
// expect: codes beside float activations need their scales at once: use GroupedWeights and multiply_groups
#include <qtensor/qtensor.hpp>
using namespace qtensor;
#ifdef BAD
using Weight = std::int8_t;
#else
using Weight = float16;
#endif
auto f(const QTensor<const Weight, Unscaled, Shape<3, 4>>& w) { return pack<arch::scalar, float>(w); }
int main() {}
