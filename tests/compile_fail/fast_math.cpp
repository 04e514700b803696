// SPDX-License-Identifier: BSL-1.0
// Under -ffast-math, where the compiler defines this macro, codes would differ between builds.
// expect: qtensor: -ffast-math changes rounding; compile without it
#ifdef BAD
#define __FAST_MATH__ 1
#endif
#include <qtensor/base.hpp>
