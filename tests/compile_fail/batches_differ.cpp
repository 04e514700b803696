// SPDX-License-Identifier: BSL-1.0
// Two samples in, three results out.
// expect: x and y have different batches
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

using Net = Sequential<Dense<4, 3, Relu>, Dense<3, 2>>;
using Model = Net::Quantized::packed<arch::scalar>;
#ifdef BAD
constexpr std::size_t batch = 3;
#else
constexpr std::size_t batch = 2;
#endif
using X = QTensor<const std::int8_t, Affine<>, Shape<2, 4>>;
using Y = QTensor<std::int8_t, Affine<>, Shape<batch, 2>>;
void run(const Model& model, X x, Y y, std::span<std::byte> arena) { model.run(x, y, arena); }
