// SPDX-License-Identifier: BSL-1.0
// A scale per output is no scale per group: say into how many groups the depth is divided.
// expect: grouped weights are a contiguous tensor \[n\]\[groups\]\[depth of a group\] with a PerGroup scale
#include <qtensor/qtensor.hpp>
using namespace qtensor;
#ifdef BAD
using Scales = PerChannel<dyn>;
#else
using Scales = PerGroup<dyn>;
#endif
void f(const QTensor<const std::int8_t, Scales, Shape<3, 2, 4>>& w) {
    GroupedWeights<arch::scalar, std::int8_t, std::int8_t, Scales> packed(w);
}
int main() {}
