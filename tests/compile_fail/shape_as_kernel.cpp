// SPDX-License-Identifier: BSL-1.0
// expect: a window is a Kernel<rows, columns>, with its options behind: Kernel<3, 3, Same>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Taps = Shape<2, 2>;
#else
using Taps = Kernel<2, 2>;
#endif
constexpr auto size = MaxPool2d<Shape<8, 8, 3>, Taps>::macs;
