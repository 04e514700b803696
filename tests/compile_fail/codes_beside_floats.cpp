// SPDX-License-Identifier: BSL-1.0
// expect: codes beside float activations need their scales at once: use GroupedWeights and multiply_groups
#include <qtensor/gemm.hpp>
using namespace qtensor;

#ifdef BAD
using W = std::int8_t;
#else
using W = float16;
#endif
constexpr auto outputs = PackedWeights<arch::scalar, float, W, PerTensor<>, 2, 3>::static_n;
