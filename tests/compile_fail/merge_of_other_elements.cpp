// SPDX-License-Identifier: BSL-1.0
// expect: two ways that meet again have one element type: use one numerics bundle
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

struct Unsigned : numerics::TfLite {
    using activation = std::uint8_t;
};
#ifdef BAD
using Other = Dense<4, 4, Identity, Unsigned>;
#else
using Other = Dense<4, 4, Relu>;
#endif
using Net = Merge<Add, Identity, Dense<4, 4>, Other>;
constexpr auto size = sizeof(Net::Quantized::packed<arch::scalar>);
