// SPDX-License-Identifier: BSL-1.0
// Shape<2, dyn> has two rows.
// expect: a static extent was given another value
#include <qtensor/base.hpp>
using namespace qtensor;

#ifdef BAD
constexpr Shape<2, dyn> shape(3, 4);
#else
constexpr Shape<2, dyn> shape(2, 4);
#endif
