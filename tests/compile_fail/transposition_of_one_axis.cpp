// SPDX-License-Identifier: BSL-1.0
// expect: a transposition names every axis once
#include <qtensor/tensor.hpp>
using namespace qtensor;

std::int8_t cells[6];
const QTensor<std::int8_t, PerTensor<>, Shape<2, 3>> x(cells, {});
#ifdef BAD
constexpr std::array<std::size_t, 1> order{0};
#else
constexpr std::array<std::size_t, 2> order{1, 0};
#endif
auto turned() { return transposed(x, order); }
