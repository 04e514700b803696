// SPDX-License-Identifier: BSL-1.0
// expect: ways that are joined have the same shape but for the last axis
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

using Image = Shape<8, 8, 1>;
#ifdef BAD
using Net = Concat<Conv2d<Image, 2, Kernel<3, 3>>, Conv2d<Image, 2, Kernel<1, 1>>>;
#else
using Net = Concat<Conv2d<Image, 2, Kernel<3, 3>>, Conv2d<Image, 3, Kernel<3, 3>>>;
#endif
constexpr auto depth = Net::depth;
