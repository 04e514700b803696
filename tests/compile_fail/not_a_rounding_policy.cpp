// SPDX-License-Identifier: BSL-1.0
// Saturate says what becomes of too large values, not how to round.
// expect: not a rounding policy: use Floor, Ceil, TowardZero, HalfEven
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
constexpr auto x = quantize<std::int8_t, Saturate>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#else
constexpr auto x = quantize<std::int8_t, HalfEven>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#endif
