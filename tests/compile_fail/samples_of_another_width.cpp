// SPDX-License-Identifier: BSL-1.0
// Five numbers for four inputs.
// expect: x has another width than the network's input
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

using Net = Sequential<Dense<4, 3, Relu>, Dense<3, 2>>;
using Model = Net::Quantized::packed<arch::scalar>;
#ifdef BAD
using X = QTensor<const std::int8_t, Affine<>, Shape<1, 5>>;
#else
using X = QTensor<const std::int8_t, Affine<>, Shape<1, 4>>;
#endif
auto run(const Model& model, X x) { return model(x); }
