// SPDX-License-Identifier: BSL-1.0
// The integer network takes codes.
// expect: x has another element type than the network's input
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

using Net = Sequential<Dense<4, 3, Relu>, Dense<3, 2>>;
using Model = Net::Quantized::packed<arch::scalar>;
#ifdef BAD
using X = QTensor<const float, Unscaled, Shape<1, 4>>;
#else
using X = QTensor<const std::int8_t, Affine<>, Shape<1, 4>>;
#endif
using Y = QTensor<std::int8_t, Affine<>, Shape<1, 2>>;
void run(const Model& model, X x, Y y, std::span<std::byte> arena) { model.run(x, y, arena); }
