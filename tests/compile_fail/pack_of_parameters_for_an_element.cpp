// SPDX-License-Identifier: BSL-1.0
// Parameters know the element of the activations.
// expect: a network is packed for an architecture: pack<arch::native>\(parameters\)
#include <qtensor/layer.hpp>
using namespace qtensor;

auto packed(const Dense<2, 1>::Quantized& parameters) {
#ifdef BAD
    return pack<std::int8_t>(parameters);
#else
    return pack<arch::native>(parameters);
#endif
}
