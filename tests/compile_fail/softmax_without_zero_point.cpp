// SPDX-License-Identifier: BSL-1.0
// expect: softmax makes codes with a zero point of their own: take a bundle whose activation_scale is Affine
#include <qtensor/layer.hpp>
using namespace qtensor;

struct Mine : numerics::TfLite {
#ifdef BAD
    using activation_scale = PerTensor<>;
#else
    using activation_scale = Affine<>;
#endif
};
constexpr auto macs = Softmax<Shape<10>, Mine>::macs;
