// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/dynamic_range.hpp>
#include <qtensor/calibrate/float16_weights.hpp>
#include <qtensor/calibrate/reading.hpp>
#include <qtensor/heap/aligned_bytes.hpp>
#include <qtensor/layer/conv2d.hpp>
#include <qtensor/layer/dense.hpp>
#include <qtensor/layer/depthwise_conv2d.hpp>
#include <qtensor/layer/lstm.hpp>
#include <qtensor/layer/pool2d.hpp>

#include <vector>

#include "support/oracle.hpp"

using namespace qtensor;

namespace {

/// Doubles every bias: what is read by a kind, and where, is easy to see.
struct DoubleBias {
    template <class L> static constexpr bool reads = detail::is_product_layer<L>;
    template <class L> struct Parameters : L::Float {
        using layer = L;
        template <class Arch> using packed = typename L::Float::template packed<Arch>;
        constexpr explicit Parameters(const typename L::Float& real) : L::Float(real) {
            for (std::size_t i = 0; i < this->bias.size(); ++i) this->bias(i) *= 2.0f;
        }
    };
};

using Net = Sequential<Sequential<Dense<6, 8, Relu>>, Residual<Dense<8, 5, Relu>, Dense<5, 8>>,
                       Concat<Skip<Shape<8>>, Dense<8, 3>>, Dense<11, 4>>;

}  // namespace

TEST_CASE("a kind reads layers wherever they are, and the network runs with them", "[reading]") {
    oracle::Random random(1);
    Net::Float real{};
    oracle::fill_layer(get<0>(get<0>(real)), random);
    oracle::fill_layer(get<0>(get<1>(get<1>(real))), random);
    oracle::fill_layer(get<1>(get<1>(get<1>(real))), random);
    oracle::fill_layer(get<1>(get<2>(real)), random);
    oracle::fill_layer(get<3>(real), random);
    Net::Float doubled = real;
    const auto twice = [](auto& layer) {
        for (std::size_t i = 0; i < layer.bias.size(); ++i) layer.bias(i) *= 2.0f;
    };
    twice(get<0>(get<0>(doubled)));
    twice(get<0>(get<1>(get<1>(doubled))));
    twice(get<1>(get<1>(get<1>(doubled))));
    twice(get<1>(get<2>(doubled)));
    twice(get<3>(doubled));
    const auto read = detail::ReadAs<DoubleBias, Net>::of(real);
    const auto model = pack<arch::scalar>(read);
    const auto wanted = pack<arch::scalar>(doubled);
    std::vector<float> x(6 * 3), y(4 * 3), z(4 * 3);
    for (float& value : x) value = random.real();
    const AlignedBytes arena(model.arena_bytes_for(3));
    model.run(x.data(), y.data(), 3, arena.span());
    wanted.run(x.data(), z.data(), 3, arena.span());
    CHECK(y == z);
}

TEST_CASE("bytes of weights, in any reading", "[reading]") {
    STATIC_REQUIRE(weight_bytes<Net::Float> == 4 * (48 + 40 + 40 + 24 + 44));
    STATIC_REQUIRE(weight_bytes<Net::Quantized> == Net::weight_bytes);
    using Images =
        Sequential<Conv2d<Shape<8, 8, 1>, 4, Kernel<3, 3>, Relu>, DepthwiseConv2d<Shape<6, 6, 4>, Kernel<3, 3>, Relu>,
                   MaxPool2d<Shape<4, 4, 4>, Kernel<2, 2, Stride<2>>>, Dense<16, 3>>;
    const Images::Float real{};
    STATIC_REQUIRE(weight_bytes<decltype(float16_weights(real))> == 2 * 36 + 4 * 36 + 2 * 48);  // depthwise: float
    STATIC_REQUIRE(weight_bytes<decltype(dynamic_range(real))> == 36 + 4 * 36 + 48);
    using Recurrent = Sequential<Lstm<5, 3, 4>, Dense<20, 2>>;
    STATIC_REQUIRE(weight_bytes<Recurrent::Float> == 4 * (16 * 3 + 16 * 4 + 40));
    STATIC_REQUIRE(weight_bytes<decltype(dynamic_range(Recurrent::Float{}))> == 4 * (16 * 3 + 16 * 4) + 40);
}
