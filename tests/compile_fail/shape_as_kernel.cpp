// SPDX-License-Identifier: BSL-1.0
// expect: a window is a Kernel<rows, columns>, with its options behind: Kernel<3, 3, Same>
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Pool = MaxPool2d<Shape<8, 8, 3>, Shape<2, 2>>;
#else
using Pool = MaxPool2d<Shape<8, 8, 3>, Kernel<2, 2>>;
#endif
constexpr auto size = Pool::macs;
