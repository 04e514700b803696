// SPDX-License-Identifier: BSL-1.0
// A scale per group of a matrix [n][groups] leaves no axis for the codes.
// expect: a scale per group needs an axis behind it: the codes of a group
#include <qtensor/scale/per_group.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Codes = QTensor<const std::int8_t, PerGroup<dyn>, Shape<2, 4>>;
#else
using Codes = QTensor<const std::int8_t, PerGroup<dyn>, Shape<2, 4, 1>>;
#endif
void dequantize(const Codes& codes, std::span<float> values) { dequantize_into(codes, values); }
