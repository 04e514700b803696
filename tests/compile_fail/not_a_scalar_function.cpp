// SPDX-License-Identifier: BSL-1.0
// expect: not a scalar function: use Sigmoid, Tanh, Gelu
#include <qtensor/layer.hpp>
using namespace qtensor;

struct Square {
#ifdef BAD
    static constexpr float real(float x) { return x * x; }
#else
    static constexpr double real(double x) { return x * x; }
#endif
};
constexpr auto macs = Lookup<Shape<8>, Square>::macs;
