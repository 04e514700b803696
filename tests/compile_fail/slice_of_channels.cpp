// SPDX-License-Identifier: BSL-1.0
// A scale per channel would stay with the wrong rows.
// expect: slices and transpositions are taken of tensors with one scale
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Policy = PerChannel<2, 0>;
#else
using Policy = PerTensor<>;
#endif
const QTensor<std::int8_t, Policy, Shape<2, 3>, Inline> x{};
auto part() { return sliced(x, {0, 1}, {2, 2}); }
