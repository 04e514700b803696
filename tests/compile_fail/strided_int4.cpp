// SPDX-License-Identifier: BSL-1.0
// Half a byte has no address.
// expect: packed elements \(int4\) have no address of their own
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Code = int4;
#else
using Code = std::uint8_t;
#endif
std::uint8_t cells[4];
QTensor<Code, PerTensor<>, Shape<2, 2>, Strided> x(cells, {}, {2, 1});
