// SPDX-License-Identifier: BSL-1.0
// expect: softmax takes codes of 8 bits and makes 8 or 16, or takes and makes std::int16_t
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Code = float;
#else
using Code = std::int8_t;
#endif
void softmax(const Code* x, Code* y) { softmax_rows({}, x, y, 1, 10); }
