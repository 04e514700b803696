// SPDX-License-Identifier: BSL-1.0
// 2^200 is no float.
// expect: 2.exponent is a float up to 127
#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Worth = PowerOfTwo<200>;
#else
using Worth = PowerOfTwo<-7>;
#endif
constexpr auto x = quantize<std::int8_t>({1.0f}, Shape<1>{}, Worth{});
