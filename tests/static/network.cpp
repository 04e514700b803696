// SPDX-License-Identifier: BSL-1.0
// A network that is quantized, packed and run by the compiler. The expected numbers were computed outside of C++, with
// Python's integers and fractions: weights w / (max|w| / 127), bias b / (s_x s_w); TFLite's multiplier from frexp and
// two roundings; XNNPACK's from three float32 products.

#include <qtensor/qtensor.hpp>

namespace {

using namespace qtensor;

using First = Dense<4, 6, Relu>;
using Second = Dense<6, 3, Relu, numerics::Xnnpack>;
using Third = Dense<3, 2>;
using Net = Sequential<First, Second, Third>;

// Known without any parameter.
static_assert(Net::depth == 3);
static_assert(Net::macs == 24 + 18 + 6);
static_assert(Net::weight_bytes == 48);
static_assert(Net::arena_bytes<1, arch::scalar> == 128);    // 6 | 3 codes, each rounded up to 64 bytes
static_assert(Net::arena_bytes<10, arch::scalar> == 128);   // 60 | 30
static_assert(Net::arena_bytes<11, arch::scalar> == 192);   // 66 | 33
static_assert(Net::arena_bytes<100, arch::scalar> == 960);  // 600 | 300
static_assert(Net::arena_bytes<1> >= Net::arena_bytes<1, arch::scalar>);
static_assert(Sequential<First>::arena_bytes<1000, arch::scalar> == 0);
static_assert(input_size<Net> == 4 && output_size<Net> == 2);

struct Nibbles : numerics::TfLite {
    using weight = int4;
};
static_assert(Dense<5, 3, Identity, Nibbles>::weight_bytes == 8 && Dense<5, 3, Identity, Nibbles>::macs == 15);

template <class L, std::size_t Weights, std::size_t Biases>
constexpr typename L::Float layer(const float (&weights)[Weights], const float (&bias)[Biases]) {
    static_assert(Weights == L::macs && Biases == output_size<L>);
    typename L::Float real{};
    for (std::size_t i = 0; i < Weights; ++i) real.weights.data()[i] = weights[i];
    for (std::size_t i = 0; i < Biases; ++i) real.bias.data()[i] = bias[i];
    return real;
}

constexpr Affine<> input{0.03125f, 3}, hidden{0.045f, -128}, narrow{0.05f, -120}, output{0.09f, 7};

constexpr First::Quantized first = First::quantized(
    layer<First>({0.5f,   -0.25f, 0.75f,  1.0f,   -1.5f, 0.3125f, 0.0f, -0.625f, 0.0625f, 0.125f, -0.1875f, 0.25f,
                  -0.75f, -0.5f,  0.375f, 0.875f, 2.0f,  -1.0f,   0.5f, -0.25f,  0.0f,    0.0f,   0.0f,     0.0f},
                 {0.25f, -0.5f, 0.125f, 1.0f, -2.0f, 0.75f}),
    input, hidden);
constexpr Second::Quantized second =
    Second::quantized(layer<Second>({0.25f, -0.5f, 1.0f, 0.125f, -0.75f, 0.375f, -0.3125f, 0.625f, 0.0f, 1.25f,
                                     -0.0625f, 0.5f, 1.0f, 1.0f, -2.0f, 0.5f, 0.25f, -1.5f},
                                    {-0.375f, 0.5f, 0.0625f}),
                      hidden, narrow);
constexpr Third::Quantized third =
    Third::quantized(layer<Third>({1.5f, -0.75f, 0.5f, -0.25f, 1.0f, -1.25f}, {0.5f, -0.25f}), narrow, output);

template <class Q, std::size_t N> constexpr bool holds(const Q& tensor, const int (&expected)[N]) {
    if (tensor.size() != N) return false;
    for (std::size_t i = 0; i < N; ++i) {
        if (static_cast<int>(tensor.data()[i]) != expected[i]) return false;
    }
    return true;
}

static_assert(holds(first.weights, {64,   -32, 95, 127, -127, 26,  0,  -53, 32, 64, -95, 127,
                                    -109, -73, 54, 127, 127,  -64, 32, -16, 0,  0,  0,   0}));
static_assert(first.bias(0) == 1016 && first.bias(1) == -1355 && first.bias(2) == 2032 && first.bias(3) == 4645 &&
              first.bias(4) == -4064);  // channel 5, all zero, may choose its scale
static_assert(holds(second.weights, {32, -64, 127, 16, -95, 48, -32, 64, 0, 127, -6, 51, 64, 64, -127, 32, 16, -95}));
static_assert(holds(second.bias, {-1058, 1129, 88}));
static_assert(holds(third.weights, {127, -64, 42, -25, 102, -127}));
static_assert(holds(third.bias, {847, -508}));

constexpr Net::Quantized net{first, second, third};
constexpr auto model = pack<arch::scalar>(net);
static_assert(model.input_scale() == input && model.output_scale() == output);

// Three samples: codes {100, -50, 25, -128} (-9 is out of range), {0, 127, -3, 64} and nothing but real zero.
constexpr auto x = quantize<std::int8_t>(
    {3.03125f, -1.65625f, 0.6875f, -9.0f, -0.09375f, 3.875f, -0.1875f, 1.90625f, 0.0f, 0.0f, 0.0f, 0.0f}, Shape<3, 4>{},
    input);
static_assert(holds(x, {100, -50, 25, -128, 0, 127, -3, 64, 3, 3, 3, 3}));

constexpr auto y = model(x);
static_assert(holds(y, {13, 0, 24, 17, 0, 26}));
static_assert(y.scale() == output);
static_assert(dequantize(y)(1, 0) == 17.0f * 0.09f);

// Layer by layer: what lies on the edges.
template <class L> constexpr auto outputs_of(const typename L::Quantized& codes, const auto& from) {
    QTensor<std::int8_t, Affine<>, Shape<3, output_size<L>>, Inline> to({}, codes.output);
    pack<arch::scalar>(codes).run(from.data(), to.data(), 3, {});
    return to;
}
constexpr auto edge0 = outputs_of<First>(first, x);
constexpr auto edge1 = outputs_of<Second>(second, edge0);
static_assert(holds(edge0, {-128, -128, -128, -128, 30, -111, -106, -128, -103, -112, -128, -111, -122, -128, -125,
                            -106, -128, -111}));
static_assert(holds(edge1, {-120, -111, -106, -92, -91, -120, -115, -79, -120}));
static_assert(holds(outputs_of<Third>(third, edge1), {13, 0, 24, 17, 0, 26}));

// A network of one layer is that layer.
constexpr Sequential<Third>::Quantized alone{third};
constexpr auto alone_model = pack<arch::scalar>(alone);
static_assert(holds(alone_model(edge1), {13, 0, 24, 17, 0, 26}));

}  // namespace
