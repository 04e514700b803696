// SPDX-License-Identifier: BSL-1.0
// The view would outlive what it looks at.
// expect: a view of a temporary would dangle: give the tensor a name first
#include <qtensor/tensor.hpp>
using namespace qtensor;

const auto named = quantize<std::int8_t>({1.0f, 2.0f}, Shape<2>{}, PerTensor<>{0.5f});
#ifdef BAD
auto x = view(quantize<std::int8_t>({1.0f, 2.0f}, Shape<2>{}, PerTensor<>{0.5f}));
#else
auto x = view(named);
#endif
