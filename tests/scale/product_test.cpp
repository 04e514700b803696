// SPDX-License-Identifier: BSL-1.0
#include <qtensor/scale/affine.hpp>
#include <qtensor/scale/per_channel.hpp>
#include <qtensor/scale/per_tensor.hpp>
#include <qtensor/scale/power_of_two.hpp>
#include <qtensor/scale/product.hpp>

#include "support/catch.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

using namespace qtensor;
using namespace qtensor_test;

TEST_CASE("The scale of a product is the product of the scales, rounded once", "[scale][product]") {
    Random random(81);
    Tally tally;
    for (int i = 0; i < 200000; ++i) {
        const float x = random.real(1e-5, 0.1);
        const float w = random.real(1e-5, 0.1);
        const Product scale{PerTensor{x}, PerTensor{w}};
        tally.same_bits(scale.scale(), static_cast<float>(static_cast<double>(x) * static_cast<double>(w)), x, w);
        const PerChannel<2> channels{{w, 2.0f * w}};
        const Product per_channel{Affine{x, 5}, channels};
        tally.same_bits(per_channel.scale(0), scale.scale(), x, w);
        tally.same_bits(per_channel.scale(1),
                        static_cast<float>(static_cast<double>(x) * static_cast<double>(2.0f * w)), x, w);
    }
    tally.require_all_equal(600000);
    STATIC_REQUIRE(Product{PerTensor{0.5f}, PowerOfTwo<-2>{}}.scale() == 0.125f);
    STATIC_REQUIRE(Product{PerTensor{0.1f}, PerTensor{0.1f}}.scale() == 0x1.47ae16p-7f);
}

TEST_CASE("Two roundings of one product are the same product, and nothing farther apart is", "[scale][product]") {
    STATIC_REQUIRE(same_product(1.0f, 1.0f));
    STATIC_REQUIRE(same_product(1.0f, 0x1.000002p+0f) && same_product(0x1.000002p+0f, 1.0f));  // 2^-23
    STATIC_REQUIRE(same_product(1.0f, 0x1.000004p+0f));                                        // 2^-22
    STATIC_REQUIRE_FALSE(same_product(1.0f, 0x1.000006p+0f) || same_product(1.0f, 0x1.fffff4p-1f));
    STATIC_REQUIRE_FALSE(same_product(1e-20f, 1.0001e-20f) || same_product(1e20f, 1.0001e20f));
}

TEST_CASE("A quotient is that of channel 0 unless said", "[scale][product]") {
    STATIC_REQUIRE(quotient(PerChannel<2>{{0.5f, 0.25f}}, PerTensor{2.0f}) == 0.25);
    STATIC_REQUIRE(quotient(PerChannel<2>{{0.5f, 0.25f}}, PerTensor{2.0f}, 1) == 0.125);
}

TEST_CASE("The scales of weight rows become those of accumulator columns", "[scale][product]") {
    using OfChannels = Product<Affine<>, PerChannel<7>>;
    STATIC_REQUIRE(OfChannels::axis == 1);
    STATIC_REQUIRE(channels_of<OfChannels> == 7);
    STATIC_REQUIRE(channels_of<Product<Affine<>, PerChannel<dyn>>> == dyn);
    STATIC_REQUIRE(Scale<OfChannels>);
    STATIC_REQUIRE_FALSE(PerTensorScale<OfChannels>);
    STATIC_REQUIRE_FALSE(has_zero_point<OfChannels>);  // the product removes the zero points of its operands
    using OfOne = Product<Affine<>, PerTensor<>>;
    STATIC_REQUIRE(OfOne::axis == per_tensor);
    STATIC_REQUIRE(channels_of<OfOne> == 1);
    STATIC_REQUIRE(PerTensorScale<OfOne>);
}

TEST_CASE("A product deduces its factors and compares them", "[scale][product]") {
    const Product product{Affine{0.5f, 3}, PerChannel<2>{{0.1f, 0.2f}}};
    STATIC_REQUIRE(std::is_same_v<std::remove_const_t<decltype(product)>, Product<Affine<>, PerChannel<2>>>);
    CHECK(product == Product{Affine{0.5f, 3}, PerChannel<2>{{0.1f, 0.2f}}});
    CHECK(product != Product{Affine{0.25f, 3}, PerChannel<2>{{0.1f, 0.2f}}});
    CHECK(product != Product{Affine{0.5f, 3}, PerChannel<2>{{0.1f, 0.3f}}});
}

TEST_CASE("A product has two factors, any other scale itself and one", "[scale][product]") {
    using P = Product<Affine<>, PerChannel<2>>;
    const P product{Affine{0.5f, 3}, PerChannel<2>{{0.1f, 0.2f}}};
    CHECK(factors<P>::first(product, 0) == 0.5f);
    CHECK(factors<P>::first(product, 1) == 0.5f);
    CHECK(factors<P>::second(product, 0) == 0.1f);
    CHECK(factors<P>::second(product, 1) == 0.2f);
    const PerChannel<2> channels{{0.1f, 0.2f}};
    CHECK(factors<PerChannel<2>>::first(channels, 1) == 0.2f);
    CHECK(factors<PerChannel<2>>::second(channels, 1) == 1.0f);
}

TEST_CASE("The quotient of two scales is computed in double, left to right", "[scale][product]") {
    Random random(82);
    Tally tally;
    for (int i = 0; i < 200000; ++i) {
        const float x = random.real(1e-5, 0.1);
        const float w = random.real(1e-5, 0.1);
        const float y = random.real(1e-5, 0.1);
        const volatile double product = static_cast<double>(x) * static_cast<double>(w);
        const Product from{PerTensor{x}, PerChannel<2>{{9.0f, w}}};
        tally.same_real(quotient(from, Affine{y, 4}, 1), product / static_cast<double>(y), x, w, y);
        tally.same_real(quotient(PerTensor{x}, PerTensor{y}), static_cast<double>(x) / static_cast<double>(y), x, y);
    }
    tally.require_all_equal(400000);
    STATIC_REQUIRE(quotient(PerTensor{1.0f}, PowerOfTwo<-3>{}) == 8.0);
    STATIC_REQUIRE(quotient(PerTensor{1.0f}, PerTensor{3.0f}) == 1.0 / 3.0);
}
