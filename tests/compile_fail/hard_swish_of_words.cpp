// SPDX-License-Identifier: BSL-1.0
// expect: TFLite's hard swish takes codes of 8 bits: use Lookup<Shape, HardSwish> for 16
#include <qtensor/layer.hpp>
using namespace qtensor;

struct Mine : numerics::TfLite {
#ifdef BAD
    using activation = std::int16_t;
#else
    using activation = std::int8_t;
#endif
};
constexpr auto macs = FixedHardSwish<Shape<4>, Mine>::macs;
