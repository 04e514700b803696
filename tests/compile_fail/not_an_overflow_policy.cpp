// SPDX-License-Identifier: BSL-1.0
// Roundings stand in front of the overflow policy.
// expect: not an overflow policy: use Saturate, Wrap, Trap
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
constexpr auto x = quantize<std::int8_t, Floor, Floor>({1.0f}, Shape<1>{}, PerTensor<>{0.5f});
#else
constexpr auto x = quantize<std::int8_t, Floor, Wrap>({1.0f}, Shape<1>{}, PerTensor<>{0.5f});
#endif
