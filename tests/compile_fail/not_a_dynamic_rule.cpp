// SPDX-License-Identifier: BSL-1.0
// A rounding has no range to measure.
// expect: not a rule of dynamic quantization: use OnnxDynamic, TfLiteHybridSymmetric
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Rule = HalfEven;
#else
using Rule = OnnxDynamic;
#endif
std::uint8_t cells[2];
auto codes(std::span<const float> values) { return quantize_dynamic<Rule, std::uint8_t>(values, cells, Shape<2>{}); }
