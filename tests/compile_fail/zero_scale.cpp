// SPDX-License-Identifier: BSL-1.0
// A failed precondition is an error of constant evaluation.
// expect: a scale is positive and finite
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.0f});
#else
constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#endif
