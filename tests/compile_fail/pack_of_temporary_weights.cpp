// SPDX-License-Identifier: BSL-1.0
// The packed weights would refer to a tensor that is gone after this line.
// expect: weights packed for arch::scalar are read where they are, and these are a temporary: give them a name
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

const auto w = quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f});
#ifdef BAD
const auto packed =
    pack<arch::scalar, std::int8_t>(quantize<std::int8_t>({1.0f, 2.0f}, Shape<1, 2>{}, PerTensor<>{0.5f}));
#else
const auto packed = pack<arch::scalar, std::int8_t>(view(w));
#endif
