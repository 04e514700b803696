// SPDX-License-Identifier: BSL-1.0
// A zero point per column is one too many.
// expect: Dequantize takes one zero point
#include <qtensor/gemm.hpp>
#include <qtensor/scale.hpp>
using namespace qtensor;

template <class S> using In = Incoming<std::int32_t, 2, S>;
#ifdef BAD
using Worth = PerChannelAffine<2, 1>;
#else
using Worth = PerChannel<2, 1>;
#endif
constexpr auto bound = Dequantize<float>{}.bind(In<Worth>{{}, 2});
