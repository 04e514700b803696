// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

using namespace qtensor;

namespace {

/// Nearest half-precision number by definition: of the two neighbours of |x| on the grid of its binade, the nearer one,
/// ties to the even code. Written with ldexp and nearbyint, not with bits.
double nearest_half(double x) {
    const double size = std::fabs(x);
    if (size == 0.0) return x;
    int exponent = 0;
    std::frexp(size, &exponent);                    // size in [2^(exponent - 1), 2^exponent)
    const int step = std::max(exponent - 11, -24);  // 11 significant bits, subnormals on 2^-24
    const double rounded = std::ldexp(std::nearbyint(std::ldexp(size, -step)), step);
    return std::copysign(rounded > 65504.0 ? HUGE_VAL : rounded, x);
}

}  // namespace

TEST_CASE("float becomes float16 by the nearest number of the grid and comes back exactly", "[tensor][convert]") {
    std::uint32_t state = 1;
    for (std::size_t length = 0; length <= 67; ++length) {
        std::vector<float> reals(length + 1, 0.0f);
        for (std::size_t i = 0; i < length; ++i) {
            state = state * 1664525u + 1013904223u;
            const int scale = static_cast<int>(state % 48u) - 30;
            reals[i] = std::ldexp(static_cast<float>(static_cast<int>(state >> 8)) / 8388608.0f - 1.0f, scale);
        }
        std::vector<float16> halves(length + 1);
        halves[length].bits = 0x1234;
        convert_into(QTensor<const float>(reals.data(), Shape<dyn>(length)),
                     QTensor<float16>(halves.data(), Shape<dyn>(length)));
        CHECK(halves[length].bits == 0x1234);  // nothing behind the operand
        std::vector<float> back(length + 1, 77.0f);
        convert_into(QTensor<const float16>(halves.data(), Shape<dyn>(length)),
                     QTensor<float>(back.data(), Shape<dyn>(length)));
        CHECK(back[length] == 77.0f);
        for (std::size_t i = 0; i < length; ++i) {
            CAPTURE(length, i, reals[i]);
            CHECK(static_cast<double>(back[i]) == nearest_half(static_cast<double>(reals[i])));
        }
    }
}

TEST_CASE("bfloat16 keeps the upper half of a float, nearest even", "[tensor][convert]") {
    const float reals[] = {1.0f, 1.00390625f, 1.01171875f, -3.0e38f, 1.0e-40f};
    bfloat16 stored[5];
    convert_into(QTensor<const float>(reals, Shape<dyn>(5)), QTensor<bfloat16>(stored, Shape<dyn>(5)));
    CHECK(stored[0].bits == 0x3f80);
    CHECK(stored[1].bits == 0x3f80);  // half way between 1 and 1.0078125: to even
    CHECK(stored[2].bits == 0x3f82);  // half way between 1.0078125 and 1.015625: to even
    CHECK(stored[3].bits == 0xff62);
    CHECK(stored[4].bits == 0x0001);
}

TEST_CASE("convert_into works in constant evaluation and compares sizes", "[tensor][convert]") {
    constexpr bool same = [] {
        QTensor<float, Unscaled, Shape<2>, Inline> reals{};
        reals(0) = 0.333251953125f;
        reals(1) = 65536.0f;
        QTensor<float16, Unscaled, Shape<2>, Inline> halves{};
        convert_into(reals, halves);
        return halves(0).bits == 0x3555 && halves(1).bits == 0x7c00;
    }();
    STATIC_REQUIRE(same);
    std::vector<float> reals(3);
    std::vector<float16> halves(2);
    CHECK_THROWS_WITH(
        convert_into(QTensor<float>(reals.data(), Shape<dyn>(3)), QTensor<float16>(halves.data(), Shape<dyn>(2))),
        Catch::Contains("as many elements") && Catch::Contains("3"));
}
