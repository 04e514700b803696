// SPDX-License-Identifier: BSL-1.0
// expect: an SVDF has at least one step, input, unit, rank and one result
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
constexpr std::size_t memory = 0;
#else
constexpr std::size_t memory = 2;
#endif
using Layer = Svdf<1, 4, 3, memory>;
constexpr auto macs = Layer::macs;
