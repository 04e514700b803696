// SPDX-License-Identifier: BSL-1.0
// Large weights are packed once.
// expect: matmul packs weights on the stack in every call, and these are more than 65536 elements: pack them once
#include <qtensor/gemm.hpp>
using namespace qtensor;

using Activations = QTensor<const std::int8_t, PerTensor<>, Shape<1, 256>>;
using Weights = QTensor<const std::int8_t, PerTensor<>, Shape<257, 256>>;
#ifdef BAD
auto product(Activations x, Weights w) { return matmul(x, w); }
#else
auto product(Activations x, Weights w) { return matmul(x, pack<arch::native, std::int8_t>(w)); }
#endif
