// SPDX-License-Identifier: BSL-1.0
// A zero point per column is no bound for all of them.
// expect: Relu needs one zero point: put it after Requantize
#include <qtensor/gemm.hpp>
#include <qtensor/scale.hpp>
using namespace qtensor;

template <class S> using In = Incoming<std::int32_t, 2, S>;
#ifdef BAD
using Worth = PerChannelAffine<2, 1>;
#else
using Worth = PerChannel<2, 1>;
#endif
constexpr auto bound = Relu{}.bind(In<Worth>{});
