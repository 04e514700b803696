// SPDX-License-Identifier: BSL-1.0
// An embedding reads its table where it is, on every architecture.
// expect: the packed form refers to its parameters, and these are a temporary: give them a name first
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

using Net = Sequential<Embedding<4, 10, 8>, Dense<32, 2>>;
const Net::Float parameters{};
#ifdef BAD
const auto packed = pack<arch::native>(Net::Float{});
#else
const auto packed = pack<arch::native>(parameters);
#endif
