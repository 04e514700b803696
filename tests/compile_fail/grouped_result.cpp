// SPDX-License-Identifier: BSL-1.0
// Partial sums are added in float, so the result is float.
// expect: a grouped product makes real numbers: y is a contiguous float matrix \[m\]\[n\], and its stages keep float
#include <qtensor/qtensor.hpp>
using namespace qtensor;
#ifdef BAD
using Result = float16;
#else
using Result = float;
#endif
void f(const QTensor<const std::int8_t, PerTensor<>, Shape<2, 4>>& x,
       const GroupedWeights<arch::scalar, std::int8_t, std::int8_t, PerGroup<dyn>>& w,
       const QTensor<Result, Unscaled, Shape<2, 3>>& y) {
    multiply_groups(x, w, y, {});
}
int main() {}
