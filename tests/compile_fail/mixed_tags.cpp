// SPDX-License-Identifier: BSL-1.0
// The layer was bound for one edge of the network and is given the tensor of another.
// expect: mean different things \(tag, axis or value\)
#include <qtensor/gemm.hpp>
using namespace qtensor;

struct Input;
struct Hidden;
using Packed = PackedWeights<arch::scalar, std::int8_t, std::int8_t, PerTensor<>, 2, 3>;
using Layer = Linear<Packed, Affine<Input>>;
using Result = QTensor<std::int32_t, Product<Affine<Input>, PerTensor<>>, Shape<1, 2>>;
#ifdef BAD
using Activations = QTensor<const std::int8_t, Affine<Hidden>, Shape<1, 3>>;
#else
using Activations = QTensor<const std::int8_t, Affine<Input>, Shape<1, 3>>;
#endif
void run(const Layer& layer, Activations x, Result y) { layer(x, y); }
