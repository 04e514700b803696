// SPDX-License-Identifier: BSL-1.0
// How weights lie depends on what they are multiplied with.
// expect: weights are packed for an architecture and the element of the activations: pack<arch::native, std::int8_t>
#include <qtensor/gemm.hpp>
#include <qtensor/tensor.hpp>
using namespace qtensor;

auto packed(const QTensor<const std::int8_t, PerTensor<>, Shape<2, 2>>& w) {
#ifdef BAD
    return pack<arch::scalar>(w);
#else
    return pack<arch::scalar, std::int8_t>(w);
#endif
}
