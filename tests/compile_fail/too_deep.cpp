// SPDX-License-Identifier: BSL-1.0
// 128 * 128 * 131072 is INT32_MAX + 1; both compilers show the two depths.
// expect: the product is too deep: its sums could overflow the accumulator
// expect: 131072\w* <= 131071
#include <qtensor/gemm.hpp>
using namespace qtensor;

#ifdef BAD
constexpr std::size_t depth = 131072;
#else
constexpr std::size_t depth = 131071;
#endif
using Row = QTensor<const std::int8_t, PerTensor<>, Shape<1, depth>>;
auto product(Row x, Row w) { return matmul<std::int32_t>(x, w); }
