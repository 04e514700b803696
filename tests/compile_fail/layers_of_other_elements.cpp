// SPDX-License-Identifier: BSL-1.0
// One bundle has int8 activations, the other uint8.
// expect: two neighbouring layers do not fit: the first one makes another element type
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

#ifdef BAD
using Second = Dense<3, 2, Identity, numerics::Onnx>;
#else
using Second = Dense<3, 2, Identity, numerics::Xnnpack>;
#endif
using Net = Sequential<Dense<4, 3>, Second>;
auto packed(const Net::Quantized& net) { return pack<arch::scalar>(net); }
