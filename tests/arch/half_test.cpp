// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/half.hpp>

#include "support/catch.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

#if defined(__F16C__)
#include <immintrin.h>
#endif

using namespace qtensor_test;
namespace arch = qtensor::arch;

namespace {

bool is_nan_half(std::uint32_t half) { return (half & 0x7fffu) > 0x7c00u; }

/// binary16 by its definition: (-1)^s * 2^(e - 15) * (1 + m / 1024), subnormal 2^-14 * m / 1024.
double half_value(std::uint32_t half) {
    const int exponent = static_cast<int>(half >> 10 & 31u);
    const double mantissa = static_cast<double>(half & 1023u) / 1024.0;
    const double magnitude = exponent == 31  ? std::numeric_limits<double>::infinity()
                             : exponent == 0 ? std::ldexp(mantissa, -14)
                                             : std::ldexp(1.0 + mantissa, exponent - 15);
    return half >> 15 ? -magnitude : magnitude;
}

/// The nearest half of a number that is not NaN, ties to even: in units of the last place, by std::nearbyint.
std::uint32_t nearest_half(double value) {
    const std::uint32_t sign = std::signbit(value) ? 0x8000u : 0u;
    const double magnitude = std::fabs(value);
    if (magnitude == 0.0) return sign;
    if (std::isinf(magnitude)) return sign | 0x7c00u;
    const int exponent = std::max(std::ilogb(magnitude), -14);
    double units = std::nearbyint(std::ldexp(magnitude, 10 - exponent));  // 1024 … 2048, less for subnormals
    // Codes of consecutive halves are consecutive integers, across exponents too.
    const double code = units + 1024.0 * (exponent + 14);
    return sign | static_cast<std::uint32_t>(std::min(code, 31744.0));
}

std::vector<float> floats_near_halves() {
    std::vector<float> values;
    for (std::uint32_t code = 0; code <= 0x7c00u; ++code) {  // every half, and the middle to the next one
        const auto center = static_cast<float>(code == 0x7c00u ? 65536.0 : half_value(code));
        const auto next = static_cast<float>(code >= 0x7bffu ? 65536.0 : half_value(code + 1));
        const float middle = center + (next - center) / 2.0f;
        for (const float x : {center, middle}) {
            for (const float near : {std::nextafter(x, -1.0f), x, std::nextafter(x, 1e9f)}) {
                values.push_back(near);
                values.push_back(-near);
            }
        }
    }
    return values;
}

}  // namespace

TEST_CASE("Every half becomes the float that its definition says", "[arch][half]") {
    Tally tally;
    for (std::uint32_t half = 0; half < 65536; ++half) {
        const float got = arch::float_from_half(static_cast<std::uint16_t>(half));
        if (is_nan_half(half)) {  // sign and payload stay, a signalling NaN becomes quiet
            const std::uint32_t bits = (half & 0x8000u) << 16 | 0x7fc00000u | (half & 0x3ffu) << 13;
            tally.same(std::bit_cast<std::uint32_t>(got), bits, half);
        } else {
            tally.same_bits(got, static_cast<float>(half_value(half)), half);
        }
    }
    tally.require_all_equal(65536);
}

TEST_CASE("Every half survives the way to float and back", "[arch][half]") {
    Tally tally;
    for (std::uint32_t half = 0; half < 65536; ++half) {
        const std::uint16_t back = arch::half_from_float(arch::float_from_half(static_cast<std::uint16_t>(half)));
        tally.same(back, is_nan_half(half) ? half | 0x200u : half, half);
    }
    tally.require_all_equal(65536);
}

TEST_CASE("Floats become the nearest half, ties to even", "[arch][half]") {
    Tally tally;
    std::vector<float> values = floats_near_halves();
    for (const float x : special_floats()) values.push_back(x);
    for (const float x : random_floats(9, 1000000)) values.push_back(x);
    for (const float x : values) {
        if (std::isnan(x)) continue;
        tally.same(arch::half_from_float(x), nearest_half(static_cast<double>(x)), x);
    }
    tally.require_all_equal(1300000);
}

TEST_CASE("Literal halves of literal floats", "[arch][half]") {
    STATIC_REQUIRE(arch::half_from_float(0.0f) == 0x0000);
    STATIC_REQUIRE(arch::half_from_float(-0.0f) == 0x8000);
    STATIC_REQUIRE(arch::half_from_float(1.0f) == 0x3c00);
    STATIC_REQUIRE(arch::half_from_float(-2.0f) == 0xc000);
    STATIC_REQUIRE(arch::half_from_float(0.1f) == 0x2e66);
    STATIC_REQUIRE(arch::half_from_float(1.0f / 3.0f) == 0x3555);
    STATIC_REQUIRE(arch::half_from_float(65504.0f) == 0x7bff);
    STATIC_REQUIRE(arch::half_from_float(0x1.ffdffep+15f) == 0x7bff);
    STATIC_REQUIRE(arch::half_from_float(65520.0f) == 0x7c00);  // the tie above the largest half
    STATIC_REQUIRE(arch::half_from_float(-3.4e38f) == 0xfc00);
    STATIC_REQUIRE(arch::half_from_float(0x1p-14f) == 0x0400);      // the smallest normal
    STATIC_REQUIRE(arch::half_from_float(0x1.ff8p-15f) == 0x03ff);  // the largest subnormal
    STATIC_REQUIRE(arch::half_from_float(0x1.ffcp-15f) == 0x0400);  // a tie across the border
    STATIC_REQUIRE(arch::half_from_float(0x1p-24f) == 0x0001);
    STATIC_REQUIRE(arch::half_from_float(0x1p-25f) == 0x0000);  // a tie: zero is even
    STATIC_REQUIRE(arch::half_from_float(0x1.000002p-25f) == 0x0001);
    STATIC_REQUIRE(arch::half_from_float(0x1.8p-24f) == 0x0002);  // a tie: two is even
    STATIC_REQUIRE(arch::half_from_float(0x1.4p-23f) == 0x0002);  // a tie: two is even
    STATIC_REQUIRE(arch::half_from_float(0x1.002p+0f) == 0x3c00);
    STATIC_REQUIRE(arch::half_from_float(0x1.006p+0f) == 0x3c02);
    STATIC_REQUIRE(arch::half_from_float(0x1.ffep+0f) == 0x4000);
    STATIC_REQUIRE(arch::float_from_half(0x0001) == 0x1p-24f);
    STATIC_REQUIRE(arch::float_from_half(0x03ff) == 0x1.ff8p-15f);
    STATIC_REQUIRE(arch::float_from_half(0x3555) == 0x1.554p-2f);
    STATIC_REQUIRE(arch::float_from_half(0xfbff) == -65504.0f);
}

TEST_CASE("A NaN stays a NaN in both 16-bit formats, quiet, with its sign and the upper part of its payload",
          "[arch][half]") {
    const auto half = [](std::uint32_t bits) { return arch::half_from_float(std::bit_cast<float>(bits)); };
    const auto bfloat = [](std::uint32_t bits) { return arch::bfloat_from_float(std::bit_cast<float>(bits)); };
    CHECK(half(0x7fc00000u) == 0x7e00);
    CHECK(half(0xffc00000u) == 0xfe00);
    CHECK(half(0x7f800001u) == 0x7e00);
    CHECK(half(0x7fffffffu) == 0x7fff);
    CHECK(half(0xff802000u) == 0xfe01);
    CHECK(bfloat(0x7fc00000u) == 0x7fc0);
    CHECK(bfloat(0x7f800001u) == 0x7fc0);
    CHECK(bfloat(0xffffffffu) == 0xffff);
    CHECK(bfloat(0x7f810000u) == 0x7fc1);
}

TEST_CASE("Floats become the nearest bfloat16, ties to even", "[arch][half]") {
    Tally tally;
    std::vector<float> values = special_floats();
    for (std::uint32_t upper = 0; upper < 65536; ++upper) {  // every bfloat16, the middle to the next, both neighbours
        for (const std::uint32_t lower : {0u, 1u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu})
            values.push_back(std::bit_cast<float>(upper << 16 | lower));
    }
    for (const float x : random_floats(10, 1000000)) values.push_back(x);
    for (const float x : values) {
        if (std::isnan(x)) continue;
        const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
        const std::uint32_t low = bits >> 16;
        // The two bfloat16 around x: their distances decide. Beyond the largest one lies 2^128, which means infinity.
        const double at = std::fabs(static_cast<double>(x));
        const double below = std::fabs(static_cast<double>(std::bit_cast<float>(low << 16)));
        const float next = std::bit_cast<float>((low + 1u) << 16);
        const double above = std::isinf(next) ? std::ldexp(1.0, 128) : std::fabs(static_cast<double>(next));
        const bool up =
            !std::isinf(x) && at != below && (above - at < at - below || (above - at == at - below && (low & 1u) != 0));
        tally.same(arch::bfloat_from_float(x), low + (up ? 1u : 0u), x);
    }
    tally.require_all_equal(1300000);
    STATIC_REQUIRE(arch::bfloat_from_float(1.0f) == 0x3f80);
    STATIC_REQUIRE(arch::bfloat_from_float(-0.0f) == 0x8000);
    STATIC_REQUIRE(arch::bfloat_from_float(3.14159274f) == 0x4049);
    STATIC_REQUIRE(arch::bfloat_from_float(3.3e38f) == 0x7f78);
    STATIC_REQUIRE(arch::bfloat_from_float(3.4028235e38f) == 0x7f80);
}

TEST_CASE("Every bfloat16 is the upper half of its float", "[arch][half]") {
    Tally tally;
    for (std::uint32_t bfloat = 0; bfloat < 65536; ++bfloat) {
        const float got = arch::float_from_bfloat(static_cast<std::uint16_t>(bfloat));
        tally.same(std::bit_cast<std::uint32_t>(got), bfloat * 65536u, bfloat);
    }
    tally.require_all_equal(65536);
}

#if defined(__F16C__)
namespace {
std::uint16_t hardware_half(float x) {
    const __m128i half = _mm_cvtps_ph(_mm_set_ss(x), _MM_FROUND_TO_NEAREST_INT);
    return static_cast<std::uint16_t>(_mm_cvtsi128_si32(half));
}
float hardware_float(std::uint16_t half) { return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(half))); }
}  // namespace

TEST_CASE("Conversion on bits equals the F16C instructions, NaN payloads included", "[arch][half]") {
    Tally tally;
    std::vector<float> values = floats_near_halves();
    for (const float x : special_floats()) values.push_back(x);
    for (const float x : values) tally.same(arch::half_from_float(x), hardware_half(x), x);
    constexpr std::uint32_t step = 429;  // ten million floats, evenly over all bit patterns
    for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += step) {
        const float x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        tally.same(arch::half_from_float(x), hardware_half(x), x);
    }
    Random random(11);
    for (int i = 0; i < 2000000; ++i) {  // dense where halves are: 2^-26 … 2^17
        const auto bits = static_cast<std::uint32_t>(random.between(0x32800000, 0x48000000));
        const float x = std::bit_cast<float>(bits | static_cast<std::uint32_t>(random.word() & 0x80000000u));
        tally.same(arch::half_from_float(x), hardware_half(x), x);
    }
    for (std::uint32_t half = 0; half < 65536; ++half) {
        const auto code = static_cast<std::uint16_t>(half);
        tally.same(std::bit_cast<std::uint32_t>(arch::float_from_half(code)),
                   std::bit_cast<std::uint32_t>(hardware_float(code)), half);
    }
    tally.require_all_equal(12000000);
}
#endif
