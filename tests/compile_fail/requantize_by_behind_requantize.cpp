// SPDX-License-Identifier: BSL-1.0
// Constants are for accumulators.
// expect: RequantizeBy takes accumulators and makes codes of 16 bits at most, as Requantize does
#include <qtensor/gemm.hpp>
#include <qtensor/scale.hpp>
using namespace qtensor;

template <class T, class S> using In = Incoming<T, 2, S>;
constexpr std::array<std::int32_t, 2> words[] = {{1 << 30, -3}};
#ifdef BAD
using Codes = In<std::int8_t, Affine<>>;
#else
using Codes = In<std::int32_t, Product<PerTensor<>, PerTensor<>>>;
#endif
const auto bound = RequantizeBy<std::int8_t, TfLiteDoubleRounding>{Affine{0.5f, 0}, words}.bind(Codes{{}, 2});
