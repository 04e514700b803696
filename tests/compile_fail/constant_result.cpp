// SPDX-License-Identifier: BSL-1.0
// The result is written to.
// expect: y is read-only and a product writes to it
#include <qtensor/gemm.hpp>
using namespace qtensor;

constexpr std::int8_t codes[] = {1, 2, 3, 4};
constexpr QTensor<const std::int8_t, PerTensor<>, Shape<2, 2>> w(codes, {}, PerTensor<>{0.5f});
using Packed = PackedWeights<arch::scalar, std::int8_t, std::int8_t, PerTensor<>, 2, 2>;
using Result = QTensor<std::int32_t, Product<PerTensor<>, PerTensor<>>, Shape<2, 2>, Inline>;
#ifdef BAD
using Y = const Result;
#else
using Y = Result;
#endif
void run(const Linear<Packed, PerTensor<>>& linear, Y& y) { linear(w, y); }
