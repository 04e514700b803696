// SPDX-License-Identifier: BSL-1.0
// expect: a run-time network has activations of 8 bits with a zero point: numerics::TfLite, Onnx
#include <qtensor/heap.hpp>
using namespace qtensor;

#ifdef BAD
using Net = Network<numerics::TfLite16x8>;
#else
using Net = Network<numerics::TfLite>;
#endif
std::size_t bytes(const Net& net) { return net.arena_bytes(1); }
