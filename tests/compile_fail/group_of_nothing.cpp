// SPDX-License-Identifier: BSL-1.0
// A scale for each index of two axes leaves nothing for a group in a tensor of two axes.
// expect: a scale per group needs an axis behind it: the codes of a group
#include <qtensor/qtensor.hpp>
using namespace qtensor;
#ifdef BAD
using Extents = Shape<3, 4>;
#else
using Extents = Shape<3, 4, 8>;
#endif
void f(const QTensor<std::int8_t, PerGroup<dyn>, Extents>& codes, std::span<const float> values) {
    quantize_into(values, codes);
}
int main() {}
