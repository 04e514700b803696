// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/float16.hpp>

#include "support/catch.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

#include <type_traits>

using namespace qtensor_test;
using qtensor::bfloat16;
using qtensor::float16;

TEST_CASE("The 16-bit types are two bytes, trivial to copy, zero at first and explicit to convert",
          "[numeric][float16]") {
    STATIC_REQUIRE(sizeof(float16) == 2);
    STATIC_REQUIRE(sizeof(bfloat16) == 2);
    STATIC_REQUIRE(std::is_trivially_copyable_v<float16>);
    STATIC_REQUIRE(std::is_trivially_copyable_v<bfloat16>);
    STATIC_REQUIRE(float16{}.bits == 0);
    STATIC_REQUIRE(bfloat16{}.bits == 0);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<float, float16>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<float16, float>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<float, bfloat16>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<bfloat16, float>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<float16, bfloat16>);
}

TEST_CASE("Literal numbers in both 16-bit types", "[numeric][float16]") {
    STATIC_REQUIRE(float16(1.0f).bits == 0x3c00);
    STATIC_REQUIRE(float16(-0.1f).bits == 0xae66);
    STATIC_REQUIRE(float16(65519.0f).bits == 0x7bff);
    STATIC_REQUIRE(float16(65520.0f).bits == 0x7c00);
    STATIC_REQUIRE(float16(2049.0f).bits == 0x6800);  // a tie: 2048 is even
    STATIC_REQUIRE(float16(2051.0f).bits == 0x6802);  // a tie: 2052 is even
    STATIC_REQUIRE(static_cast<float>(float16(0.1f)) == 0x1.998p-4f);
    STATIC_REQUIRE(bfloat16(1.0f).bits == 0x3f80);
    STATIC_REQUIRE(bfloat16(-0.1f).bits == 0xbdcd);
    STATIC_REQUIRE(bfloat16(257.0f).bits == 0x4380);  // a tie: 256 is even
    STATIC_REQUIRE(bfloat16(259.0f).bits == 0x4382);  // a tie: 260 is even
    STATIC_REQUIRE(static_cast<float>(bfloat16(0.1f)) == 0x1.9ap-4f);
    STATIC_REQUIRE(static_cast<float>(bfloat16(1e38f)) == 0x1.2cp+126f);
}

TEST_CASE("A rounded number is within half a unit of its last place", "[numeric][float16]") {
    Random random(37);
    Tally tally;
    for (int i = 0; i < 500000; ++i) {
        const float x = std::ldexp(random.real(1.0, 2.0), static_cast<int>(random.between(-30, 20)));
        const double exact = static_cast<double>(x);
        const int exponent = std::ilogb(exact);
        const double half = static_cast<double>(static_cast<float>(float16(x)));
        if (exact >= 65520.0) {
            tally.same(std::isinf(half), true, x);
        } else {
            tally.same(std::fabs(half - exact) <= std::ldexp(0.5, std::max(exponent, -14) - 10), true, x);
        }
        const double bfloat = static_cast<double>(static_cast<float>(bfloat16(-x)));
        tally.same(std::fabs(bfloat + exact) <= std::ldexp(0.5, exponent - 7), true, x);
        tally.same(std::fmod(bfloat, std::ldexp(1.0, exponent - 7)) == 0.0, true, x);
    }
    tally.require_all_equal(1500000);
}
