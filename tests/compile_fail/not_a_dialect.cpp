// SPDX-License-Identifier: BSL-1.0
// A rounding policy is part of a dialect, not one.
// expect: not a requantization dialect: use TfLiteDoubleRounding or XnnpackFp32
#include <qtensor/gemm.hpp>
#include <qtensor/numeric.hpp>
using namespace qtensor;

#ifdef BAD
Requantize<std::int8_t, HalfEven> stage{Affine<>{0.5f, 0}};
#else
Requantize<std::int8_t, XnnpackFp32> stage{Affine<>{0.5f, 0}};
#endif
