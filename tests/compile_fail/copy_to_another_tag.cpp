// SPDX-License-Identifier: BSL-1.0
// A copy would give the codes another meaning.
// expect: these two scales mean different things
#include <qtensor/tensor.hpp>
using namespace qtensor;

struct Input;
struct Output;
#ifdef BAD
using Target = Affine<Output>;
#else
using Target = Affine<Input>;
#endif
const QTensor<std::int8_t, Affine<Input>, Shape<4>, Inline> from{};
QTensor<std::int8_t, Target, Shape<4>, Inline> to{};
void copy() { copy_into(from, to); }
