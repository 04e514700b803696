// SPDX-License-Identifier: BSL-1.0
// Sums of int64 become codes where they are made.
// expect: requantize_into takes codes of at most 16 bits and accumulators of int32
#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Sum = std::int64_t;
#else
using Sum = std::int32_t;
#endif
constexpr QTensor<Sum, PerTensor<>, Shape<1, 2>, Inline> x({}, PerTensor<>{0.5f});
constexpr auto y = requantize<std::int8_t>(x, PerTensor<>{0.25f});
