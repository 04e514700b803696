// SPDX-License-Identifier: BSL-1.0
// One multiplier per row.
// expect: requantize_into takes one scale per row
#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Worth = PerChannel<2, 1>;
#else
using Worth = PerChannel<2, 0>;
#endif
constexpr QTensor<std::int8_t, Worth, Shape<2, 2>, Inline> x({}, Worth{{0.5f, 0.25f}});
constexpr auto y = requantize<std::int8_t>(x, PerTensor<>{0.5f});
