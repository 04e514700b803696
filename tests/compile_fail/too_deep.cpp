// SPDX-License-Identifier: BSL-1.0
// 255 * 255 * 33025 is below 2^31, one product more is not; both compilers show the two depths.
// expect: the product is too deep: its sums could overflow the accumulator
// expect: 33026\w* <= 33025
#include <qtensor/gemm.hpp>
using namespace qtensor;

#ifdef BAD
constexpr std::size_t depth = 33026;
#else
constexpr std::size_t depth = 33025;
#endif
using Row = QTensor<const std::uint8_t, PerTensor<>, Shape<1, depth>>;
auto product(Row x, Row w) { return matmul<std::int32_t>(x, w); }
