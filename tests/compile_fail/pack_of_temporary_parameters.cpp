// SPDX-License-Identifier: BSL-1.0
// The packed network would refer to parameters that are gone after this line.
// expect: the packed form refers to its parameters, and these are a temporary: give them a name first
#include <qtensor/layer.hpp>
using namespace qtensor;

using L = Dense<2, 1>;
const L::Quantized parameters{};
#ifdef BAD
const auto packed = pack<arch::scalar>(L::Quantized{});
#else
const auto packed = pack<arch::scalar>(parameters);
#endif
