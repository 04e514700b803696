// SPDX-License-Identifier: BSL-1.0
// A product of groups takes one scale for x, one per row, or one per group; not one per column.
// expect: activations of a grouped product are contiguous codes of whole bytes
#include <qtensor/qtensor.hpp>
using namespace qtensor;
#ifdef BAD
using Scales = PerChannel<dyn, 1>;
#else
using Scales = PerChannel<dyn, 0>;
#endif
void f(const QTensor<const std::int8_t, Scales, Shape<2, 4>>& x,
       const GroupedWeights<arch::scalar, std::int8_t, std::int8_t, PerGroup<dyn>>& w,
       const QTensor<float, Unscaled, Shape<2, 3>>& y) {
    multiply_groups(x, w, y, {});
}
int main() {}
