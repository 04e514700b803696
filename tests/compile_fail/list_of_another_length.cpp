// SPDX-License-Identifier: BSL-1.0
// Three numbers for four elements.
// expect: the list has as many numbers as the shape has elements
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Extents = Shape<2, 2>;
#else
using Extents = Shape<1, 3>;
#endif
constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f, 3.0f}, Extents{}, PerTensor<>{0.5f});
