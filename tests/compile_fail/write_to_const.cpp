// SPDX-License-Identifier: BSL-1.0
// A view of a const tensor can be read only.
// expect: these codes are read-only: quantize_into writes
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
const QTensor<std::int8_t, PerTensor<>, Shape<2>, Inline> codes{};
#else
QTensor<std::int8_t, PerTensor<>, Shape<2>, Inline> codes{};
#endif
void fill(std::span<const float> values) { quantize_into(values, view(codes)); }
