// SPDX-License-Identifier: BSL-1.0
// A product has removed the zero points of its operands.
// expect: an accumulator has no zero point
#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Worth = Affine<>;
#else
using Worth = PerTensor<>;
#endif
constexpr QTensor<std::int32_t, Worth, Shape<2, 2>, Inline> x({}, Worth{0.5f});
constexpr auto y = requantize<std::int8_t>(x, PerTensor<>{0.5f});
