// SPDX-License-Identifier: BSL-1.0
// expect: p-ReLU takes codes of 8 bits
#include <qtensor/layer.hpp>
using namespace qtensor;

struct Mine : numerics::TfLite {
#ifdef BAD
    using activation = std::int16_t;
#else
    using activation = std::int8_t;
#endif
};
constexpr auto macs = PRelu<Shape<4>, Mine>::macs;
