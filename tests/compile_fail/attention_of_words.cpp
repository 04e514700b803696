// SPDX-License-Identifier: BSL-1.0
// expect: attention takes codes of 8 bits, or real numbers
#include <qtensor/layer.hpp>
using namespace qtensor;

struct Mine : numerics::TfLite {
#ifdef BAD
    using activation = std::int16_t;
#else
    using activation = std::int8_t;
#endif
};
using Layer = Attention<4, 1, 2, Everything, Mine>;
constexpr auto layer = pack<arch::scalar>(Layer::Quantized{});
