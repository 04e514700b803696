// SPDX-License-Identifier: BSL-1.0
// A pointer is not an element.
// expect: not an element type: use an integer up to 32 bits, std::int64_t, Ranged
#include <qtensor/tensor.hpp>

int cells[4];
#ifdef BAD
qtensor::QTensor<int*> tensor(nullptr, qtensor::Shape<qtensor::dyn>(0));
#else
qtensor::QTensor<int> tensor(cells, qtensor::Shape<qtensor::dyn>(4));
#endif
