// SPDX-License-Identifier: BSL-1.0
// int16 holds two products of full-range codes, by the types; here the values say no.
// expect: the sums could overflow the accumulator: max.x - z. . max sum.w. . max.bias. is too large
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({127.0f, 127.0f, 127.0f}, Shape<1, 3>{}, PerTensor<>{1.0f});
#ifdef BAD
constexpr auto w = x;
#else
constexpr auto w = quantize<std::int8_t>({1.0f, 2.0f, 3.0f}, Shape<1, 3>{}, PerTensor<>{1.0f});
#endif
constexpr auto y = matmul<std::int16_t>(x, w);
