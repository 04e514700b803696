// SPDX-License-Identifier: BSL-1.0
// The arena of a batch of one is given a batch of two hundred.
// expect: the arena is smaller than arena_bytes for this batch
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

using Net = Sequential<Dense<4, 3, Relu>, Dense<3, 2>>;
using Model = Net::Quantized::packed<arch::scalar>;
constexpr std::size_t batch = 200;
#ifdef BAD
alignas(arena_alignment) std::byte arena[Net::arena_bytes<1, arch::scalar>];
#else
alignas(arena_alignment) std::byte arena[Net::arena_bytes<batch, arch::scalar>];
#endif
using X = QTensor<const std::int8_t, Affine<>, Shape<batch, 4>>;
using Y = QTensor<std::int8_t, Affine<>, Shape<batch, 2>>;
void run(const Model& model, X x, Y y) { model.run(x, y, arena); }
