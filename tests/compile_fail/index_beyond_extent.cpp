// SPDX-License-Identifier: BSL-1.0
// expect: an index is less than its extent
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#ifdef BAD
constexpr int code = x(1, 0);
#else
constexpr int code = x(0, 1);
#endif
