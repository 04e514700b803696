// SPDX-License-Identifier: BSL-1.0
// The tensor of one edge is written where another was meant.
// expect: mean different things .tag, axis or value.
#include <qtensor/gemm.hpp>
#include <qtensor/scale.hpp>
using namespace qtensor;

struct Hidden;
using Packed = PackedWeights<arch::scalar, std::int8_t, std::int8_t, PerTensor<>, 2, 3>;
using Layer = Linear<Packed, PerTensor<>, Requantize<std::int8_t, TfLiteDoubleRounding, PowerOfTwo<-4>>>;
using Activations = QTensor<const std::int8_t, PerTensor<>, Shape<1, 3>>;
#ifdef BAD
using Result = QTensor<std::int8_t, PowerOfTwo<-3>, Shape<1, 2>>;
#else
using Result = QTensor<std::int8_t, PowerOfTwo<-4>, Shape<1, 2>>;
#endif
void run(const Layer& layer, Activations x, Result y) { layer(x, y); }
