// SPDX-License-Identifier: BSL-1.0
// A rounding is one member of a bundle.
// expect: not a numerics bundle: inherit numerics::TfLite and override
#include <qtensor/layer.hpp>
using namespace qtensor;

struct Mine : numerics::TfLite {
    using rounding = HalfEven;
};
#ifdef BAD
using Layer = Dense<4, 3, Relu, HalfEven>;
#else
using Layer = Dense<4, 3, Relu, Mine>;
#endif
constexpr auto macs = Layer::macs;
