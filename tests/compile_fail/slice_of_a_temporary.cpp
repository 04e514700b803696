// SPDX-License-Identifier: BSL-1.0
// The slice would outlive what it looks at.
// expect: a view of a temporary would dangle: give the tensor a name first
#include <qtensor/tensor.hpp>
using namespace qtensor;

QTensor<std::int8_t, PerTensor<>, Shape<2, 3>, Inline> named{};
#ifdef BAD
auto part = sliced(QTensor<std::int8_t, PerTensor<>, Shape<2, 3>, Inline>{}, {0, 1}, {2, 2});
#else
auto part = sliced(named, {0, 1}, {2, 2});
#endif
