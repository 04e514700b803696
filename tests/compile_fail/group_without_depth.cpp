// SPDX-License-Identifier: BSL-1.0
// A scale for every single code is no group.
// expect: a scale per group needs an axis behind it: the codes of a group
#include <qtensor/scale.hpp>
#include <qtensor/scale/per_group.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Extents = Shape<3, 2>;
#else
using Extents = Shape<3, 2, 4>;
#endif
void reals(QTensor<const std::int8_t, PerGroup<6>, Extents> codes, std::span<float> to) { dequantize_into(codes, to); }
