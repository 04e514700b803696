// SPDX-License-Identifier: BSL-1.0
// The operation comes first, then the activation.
// expect: not an operation on two tensors: use Add, Subtract, Multiply, Minimum or Maximum
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

#ifdef BAD
using Block = Merge<Relu, Add, Skip<Shape<8>>, Dense<8, 8>>;
#else
using Block = Merge<Add, Relu, Skip<Shape<8>>, Dense<8, 8>>;
#endif
constexpr auto size = Block::weight_bytes;
