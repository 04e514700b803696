// SPDX-License-Identifier: BSL-1.0
// A slice of a matrix says where it begins on both axes.
// expect: a slice has a beginning and an extent for every axis
#include <qtensor/tensor.hpp>
using namespace qtensor;

std::int8_t cells[6];
const QTensor<std::int8_t, PerTensor<>, Shape<2, 3>> x(cells, {});
#ifdef BAD
constexpr std::array<std::size_t, 1> first{0}, extent{2};
#else
constexpr std::array<std::size_t, 2> first{0, 1}, extent{2, 2};
#endif
auto part() { return sliced(x, first, extent); }
