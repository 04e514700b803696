// SPDX-License-Identifier: BSL-1.0
// Parameters say nothing about workspaces before they are packed.
// expect: inspect and describe take a packed layer or network: inspect\(pack<arch::native>\(parameters\)\)
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

auto facts(const Sequential<Dense<2, 1>>::Quantized& parameters) {
#ifdef BAD
    return inspect(parameters);
#else
    return inspect(pack<arch::scalar>(parameters));
#endif
}
