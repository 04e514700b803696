// SPDX-License-Identifier: BSL-1.0
// -ffast-math tells the library by this macro. Who accepts other codes says so by name.
// expect: -ffast-math changes rounding; compile without it or define QTENSOR_ALLOW_FAST_MATH
#define __FAST_MATH__ 1
#ifdef BAD
#else
#define QTENSOR_ALLOW_FAST_MATH
#endif
#include <qtensor/base/config.hpp>
int main() {}
