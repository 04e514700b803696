// SPDX-License-Identifier: BSL-1.0
// Linear refers to packed weights that are gone after this line.
// expect: Linear refers to its packed weights, and these are a temporary: give them a name first
#include <qtensor/gemm.hpp>
using namespace qtensor;

constexpr std::int8_t codes[] = {1, 2, 3, 4};
constexpr QTensor<const std::int8_t, PerTensor<>, Shape<2, 2>> w(codes, {}, PerTensor<>{0.5f});
constexpr auto packed = pack<arch::scalar, std::int8_t>(w);
#ifdef BAD
const Linear linear(pack<arch::scalar, std::int8_t>(w), PerTensor<>{0.5f});
#else
const Linear linear(packed, PerTensor<>{0.5f});
#endif
