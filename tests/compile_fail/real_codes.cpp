// SPDX-License-Identifier: BSL-1.0
// quantize makes codes; float16 is made by convert_into.
// expect: codes are integers: use std::int8_t, int8_symmetric
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Code = float16;
#else
using Code = std::int8_t;
#endif
constexpr auto x = quantize<Code>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
