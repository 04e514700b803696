// SPDX-License-Identifier: BSL-1.0
// expect: inspect shows shapes of at most eight axes
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

#ifdef BAD
using Size = Shape<1, 1, 1, 1, 1, 1, 1, 1, 2>;
#else
using Size = Shape<1, 1, 1, 1, 1, 1, 1, 2>;
#endif
auto facts() { return inspect(pack<arch::scalar>(Reshape<Size, Size>::Quantized{})); }
