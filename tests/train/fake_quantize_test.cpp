// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/oracle.hpp"

#include <qtensor/scale/affine.hpp>
#include <qtensor/train/fake_quantize.hpp>

#include <cmath>
#include <limits>
#include <vector>

using namespace qtensor;

TEST_CASE("fake quantize: values, clips and slopes at the edges of the codes") {
    // scale 1/4, zero point 2 on int8: codes -128 and 127 are -32.5 and 31.25. Worked by hand: q = 2 + round(4 x).
    struct Case {
        float x, value;
        Clip clip;
        float dscale, dzero;  // for dy = 1: inside (y - x) / s and 0, below (-128 - 2) and -s, above (127 - 2) and -s
    };
    const Case cases[] = {
        {0.0f, 0.0f, Clip::inside, 0.0f, 0.0f},         {0.1f, 0.0f, Clip::inside, -0.4f, 0.0f},
        {-1.0f, -1.0f, Clip::inside, 0.0f, 0.0f},       {31.25f, 31.25f, Clip::inside, 0.0f, 0.0f},  // the highest code
        {31.374f, 31.25f, Clip::inside, -0.496f, 0.0f},  // rounds back to it
        {31.376f, 31.25f, Clip::above, 125.0f, -0.25f},  // rounds to 128
        {100.0f, 31.25f, Clip::above, 125.0f, -0.25f},  {-32.5f, -32.5f, Clip::inside, 0.0f, 0.0f},
        {-32.624f, -32.5f, Clip::inside, 0.496f, 0.0f}, {-32.626f, -32.5f, Clip::below, -130.0f, -0.25f},
        {-1e30f, -32.5f, Clip::below, -130.0f, -0.25f},
    };
    for (const Case& c : cases) {
        const FakeQuantized y = fake_quantize<std::int8_t, TorchReciprocal>(c.x, 0.25f, 2);
        CAPTURE(c.x);
        CHECK(y.value == c.value);
        CHECK(y.clip == c.clip);
        const FakeQuantizeSlopes slopes = fake_quantize_slopes<std::int8_t>(c.x, y, 1.0f, 0.25f, 2);
        CHECK(slopes.x == (c.clip == Clip::inside ? 1.0f : 0.0f));
        CHECK(std::fabs(slopes.scale - c.dscale) < 1e-4f);
        CHECK(slopes.zero_point == c.dzero);
        const FakeQuantizeSlopes twice = fake_quantize_slopes<std::int8_t>(c.x, y, -2.0f, 0.25f, 2);
        CHECK(twice.x == -2.0f * slopes.x);
        CHECK(twice.scale == -2.0f * slopes.scale);
        CHECK(twice.zero_point == -2.0f * slopes.zero_point);
    }
}

TEST_CASE("fake quantize: ties decide which side of the edge a number is on") {
    // 4 x = 125.5 with z = 2: to even 126 + 2 = 128 is above; with the zero point inside (an odd one) 127.5 is 128 too.
    CHECK(fake_quantize<std::int8_t, TorchReciprocal>(31.375f, 0.25f, 2).clip == Clip::above);
    CHECK(fake_quantize<std::int8_t, Floor>(31.375f, 0.25f, 2).clip == Clip::inside);
    CHECK(fake_quantize<std::int8_t, HalfEven>(31.125f, 0.25f, 2).value == 31.0f);   // 124.5 to 124
    CHECK(fake_quantize<std::int8_t, HalfAway>(31.125f, 0.25f, 2).value == 31.25f);  // 124.5 to 125
    // PyTorch's learnable form has the zero point inside the rounding: with z = 1, 0.5 is 1 + 0 there and even(1.5)
    // = 2.
    CHECK(fake_quantize<std::int8_t, TorchReciprocal>(0.125f, 0.25f, 1).value == 0.0f);
    CHECK(fake_quantize<std::int8_t, TorchFusedReciprocal>(0.125f, 0.25f, 1).value == 0.25f);
}

TEST_CASE("fake quantize: the meaning of the codes that quantize_into makes") {
    oracle::Random random(1);
    const auto check = [&]<class T, class R>(T, R rounding) {
        for (const std::int32_t zero : {-128, -3, 0, 7, 127}) {
            const float scale = 0.013f;
            std::vector<float> x{0.0f,
                                 -0.0f,
                                 1e30f,
                                 -1e30f,
                                 1e-40f,
                                 std::numeric_limits<float>::infinity(),
                                 std::numeric_limits<float>::quiet_NaN()};
            for (int i = 0; i < 2000; ++i) x.push_back(4.0f * random.real());
            for (int i = -300; i < 300; ++i) x.push_back((static_cast<float>(i) + 0.5f) * scale);
            std::vector<value_of<T>> codes(x.size());
            quantize_into(x, QTensor<T, Affine<>>(codes.data(), Shape<dyn>(x.size()), Affine{scale, zero}), rounding);
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < x.size(); ++i) {
                const FakeQuantized y = fake_quantize<T>(x[i], scale, zero, rounding);
                const float meant = static_cast<float>(codes[i] - zero) * scale;
                wrong += y.value != meant;
                wrong += y.clip != Clip::inside && codes[i] != element<T>::lowest && codes[i] != element<T>::highest;
            }
            CHECK(wrong == 0);
        }
    };
    check(std::int8_t{}, HalfAway{});
    check(std::int8_t{}, HalfUp{});
    check(std::uint8_t{}, TorchReciprocal{});
    check(std::int8_t{}, TorchFusedReciprocal{});
}

TEST_CASE("fake quantize: a constant expression, per tensor and on four bits") {
    constexpr FakeQuantized y = fake_quantize<int4>(1.0f, 0.125f, 0);
    STATIC_REQUIRE(y.value == 0.875f);
    STATIC_REQUIRE(y.clip == Clip::above);
    STATIC_REQUIRE(fake_quantize_slopes<int4>(1.0f, y, 1.0f, 0.125f, 0).scale == 7.0f);
    STATIC_REQUIRE(fake_quantize<int8_symmetric>(-20.0f, 0.125f, 0).value == -15.875f);
}
