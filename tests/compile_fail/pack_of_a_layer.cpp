// SPDX-License-Identifier: BSL-1.0
// A layer has no parameters of its own.
// expect: a layer is a type and holds nothing: pack its parameters
#include <qtensor/layer.hpp>
using namespace qtensor;

using L = Dense<2, 1>;
#ifdef BAD
auto packed(const L& layer) { return pack<arch::native>(layer); }
#else
auto packed(const L::Float& parameters) { return pack<arch::native>(parameters); }
#endif
