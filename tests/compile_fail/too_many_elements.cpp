// SPDX-License-Identifier: BSL-1.0
// 2^40 * 2^40 elements are beyond std::size_t.
// expect: the number of elements does not fit std::size_t
#include <qtensor/tensor.hpp>
using namespace qtensor;

#ifdef BAD
using Huge = Shape<(std::size_t{1} << 40), (std::size_t{1} << 40)>;
#else
using Huge = Shape<(std::size_t{1} << 40), (std::size_t{1} << 20)>;
#endif
static_assert(static_size<Huge> > 0);
