// SPDX-License-Identifier: BSL-1.0
// expect: a list of numbers has a static shape: write Shape<2, 4>
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
const Shape extents(1, 2);
#else
constexpr Shape<1, 2> extents;
#endif
const auto x = quantize<std::int8_t>({1.0f, 2.0f}, extents, PerTensor<>{0.5f});
