// SPDX-License-Identifier: BSL-1.0
// qtensor_dispatch names the architecture and gives its flags; others on the target, -march=native for one, win.
// expect: this translation unit is compiled for other instructions than qtensor_dispatch asked for
#ifdef BAD
#define QTENSOR_DISPATCH_ARCH avx512_vnni
#define QTENSOR_NO_SIMD
#else
#define QTENSOR_DISPATCH_ARCH scalar
#define QTENSOR_NO_SIMD
#endif
#include <qtensor/parallel/dispatch.hpp>
int main() {}
