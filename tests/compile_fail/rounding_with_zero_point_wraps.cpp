// SPDX-License-Identifier: BSL-1.0
// PyTorch's vector kernels add the zero point before they round, and saturate.
// expect: a rounding that adds the zero point itself makes codes of at most 16 bits, which saturate
#include <qtensor/numeric.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Overflow = Wrap;
#else
using Overflow = Saturate;
#endif
constexpr auto x = quantize<std::int8_t, TorchFusedReciprocal, Overflow>({1.0f}, Shape<1>{}, PerTensor<>{0.5f});
