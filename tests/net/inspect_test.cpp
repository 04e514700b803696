// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>

using namespace qtensor;

namespace {

using Body =
    Sequential<Conv2d<Shape<4, 4, 2>, 3, Kernel<3, 3, Same>, Relu>, MaxPool2d<Shape<4, 4, 3>, Kernel<2, 2, Stride<2>>>,
               Dense<12, 5, Identity, numerics::TfLiteInt4>, Softmax<Shape<5>>>;

constexpr Body::Quantized body = [] {
    const Affine<> a{0.5f, 1}, b{0.25f, -2};
    Body::Quantized made;
    get<0>(made).input = a;
    get<0>(made).output = b;
    get<1>(made) = {b, b};
    get<2>(made).input = b;
    get<2>(made).output = a;
    get<3>(made) = {a, {1.0f / 256.0f, -128}};
    for (std::size_t c = 0; c < 3; ++c)
        get<0>(made).weights = decltype(get<0>(made).weights)({}, PerChannel<3>{{1.0f, 1.0f, 1.0f}});
    get<2>(made).weights = decltype(get<2>(made).weights)({}, PerChannel<5>{{1.0f, 1.0f, 1.0f, 1.0f, 1.0f}});
    return made;
}();
constexpr auto model = pack<arch::scalar>(body);
constexpr auto facts = inspect(model);

}  // namespace

TEST_CASE("A network of constants has constant facts", "[net][inspect]") {
    STATIC_REQUIRE(facts.size() == 5);
    STATIC_REQUIRE(facts[0].name == "Sequential");
    STATIC_REQUIRE(facts[0].composition);
    STATIC_REQUIRE(facts[0].macs == Body::macs);
    STATIC_REQUIRE(facts[0].scratch == Body::arena_bytes<1, arch::scalar>);
    STATIC_REQUIRE(facts[1].name == "Conv2d");
    STATIC_REQUIRE(facts[1].depth == 1);
    STATIC_REQUIRE(!facts[1].composition);
    STATIC_REQUIRE(facts[1].macs == 4 * 4 * 3 * 18);
    STATIC_REQUIRE(facts[1].weight_bytes == 54);
    STATIC_REQUIRE(facts[1].weights == "int8_symmetric");
    STATIC_REQUIRE(facts[1].input.shape.rank == 3);
    STATIC_REQUIRE(facts[1].input.shape.values[2] == 2);
    STATIC_REQUIRE(facts[1].input.shape.size() == 32);
    STATIC_REQUIRE(facts[1].input.scale == 0.5f);
    STATIC_REQUIRE(facts[1].output.zero == -2);
    STATIC_REQUIRE(facts[1].output.bytes == 48);
    STATIC_REQUIRE(facts[2].name == "MaxPool2d");
    STATIC_REQUIRE(facts[2].weights.empty());
    STATIC_REQUIRE(facts[3].weights == "int4_symmetric");
    STATIC_REQUIRE(facts[3].weight_bytes == 30);
    STATIC_REQUIRE(facts[4].output.type == "int8");
    STATIC_REQUIRE(facts[4].output.scale == 1.0f / 256.0f);
}

TEST_CASE("Compositions stand in front of their layers, float readings are float", "[net][inspect]") {
    using Net = Sequential<Residual<Dense<3, 3>>, Concat<Skip<Shape<3>>, Dense<3, 4, Identity, numerics::TfLite>>>;
    const Net::Float parameters{};
    const auto real = inspect(pack<arch::native>(parameters));
    REQUIRE(real.size() == 8);
    const char* names[] = {"Sequential", "Merge", "Reshape", "Sequential", "Dense", "Concat", "Reshape", "Dense"};
    const std::size_t depths[] = {0, 1, 2, 2, 3, 1, 2, 2};
    for (std::size_t i = 0; i < 8; ++i) {
        CHECK(real[i].name == names[i]);
        CHECK(real[i].depth == depths[i]);
        CHECK(real[i].input.type == "float32");
    }
    CHECK(real[4].weights == "float32");
    CHECK(real[5].output.shape.values[0] == 7);
    const auto dynamic = Dense<3, 4, Identity, numerics::Dynamic>::quantized({}, {}, {});
    CHECK(inspect(pack<arch::native>(dynamic))[0].weights == "int8_symmetric");
}

TEST_CASE("Elements by name", "[net][inspect]") {
    STATIC_REQUIRE(detail::element_name<std::uint8_t>() == "uint8");
    STATIC_REQUIRE(detail::element_name<std::int16_t>() == "int16");
    STATIC_REQUIRE(detail::element_name<std::int64_t>() == "int64");
    STATIC_REQUIRE(detail::element_name<uint4>() == "uint4");
    STATIC_REQUIRE(detail::element_name<int4>() == "int4");
    STATIC_REQUIRE(detail::element_name<float16>() == "float16");
}
