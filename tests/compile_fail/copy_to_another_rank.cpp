// SPDX-License-Identifier: BSL-1.0
// expect: a copy keeps the number of axes: view the tensor in another shape first
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Target = Shape<4>;
#else
using Target = Shape<2, 2>;
#endif
const QTensor<std::int8_t, PerTensor<>, Shape<2, 2>, Inline> from{};
QTensor<std::int8_t, PerTensor<>, Target, Inline> to{};
void copy() { copy_into(from, to); }
