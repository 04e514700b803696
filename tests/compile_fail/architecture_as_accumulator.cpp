// SPDX-License-Identifier: BSL-1.0
// An architecture comes with the packed weights.
// expect: the template argument of matmul is its accumulator, std::int16_t
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{1.0f});
#ifdef BAD
constexpr auto y = matmul<arch::scalar>(x, x);
#else
constexpr auto y = matmul(x, pack<arch::scalar, std::int8_t>(x));
#endif
