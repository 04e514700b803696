// SPDX-License-Identifier: BSL-1.0
// scale(c) is float and const.
// expect: not a scale policy: it needs a static constexpr int axis, float scale
#include <qtensor/tensor.hpp>
using namespace qtensor;

struct Mine {
    static constexpr int axis = per_tensor;
#ifdef BAD
    constexpr double scale(std::size_t) const { return 0.5; }
#else
    constexpr float scale(std::size_t) const { return 0.5f; }
#endif
};
QTensor<std::int8_t, Mine, Shape<2>, Inline> x;
