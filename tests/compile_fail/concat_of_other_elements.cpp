// SPDX-License-Identifier: BSL-1.0
// expect: ways side by side have one element type: use one numerics bundle
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

struct Unsigned : numerics::TfLite {
    using activation = std::uint8_t;
};
#ifdef BAD
using Other = Dense<4, 2, Identity, Unsigned>;
#else
using Other = Dense<4, 3>;
#endif
using Net = Concat<Dense<4, 2>, Other>;
constexpr auto size = sizeof(Net::Quantized::packed<arch::scalar>);
