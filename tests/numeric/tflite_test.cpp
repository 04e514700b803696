// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/tflite.hpp>

#include "support/catch.hpp"
#include "support/fixed_point_oracle.hpp"
#include "support/lane_checks.hpp"
#include "support/npy.hpp"

using namespace qtensor_test;
using qtensor::CodeRange;
using qtensor::rounding_divide_by_power_of_two;
using qtensor::TfLiteDoubleRounding;

namespace {

struct Case {
    std::int32_t x;
    std::int32_t mantissa;
    std::int32_t shift;
};

/// Accumulators, mantissas and shifts of every size; x * 2^shift fits int32.
std::vector<Case> cases() {
    std::vector<Case> all;
    const auto add = [&](std::int64_t x, std::int32_t mantissa, std::int32_t shift) {
        if (shift > 0) x = x >= 0 ? x >> shift : -(-x >> shift);
        all.push_back({static_cast<std::int32_t>(x), mantissa, shift});
    };
    Random random(61);
    for (std::int32_t shift = -31; shift <= 31; ++shift) {
        for (const std::int32_t x : special_ints()) {
            for (const std::int32_t mantissa : {0, 1 << 30, (1 << 30) + 1, INT32_MAX, INT32_MAX - 1, 3 << 29})
                add(x, mantissa, shift);
        }
        for (int i = 0; i < 8000; ++i)
            add(random.int32_any_size(), static_cast<std::int32_t>(random.between(1 << 30, INT32_MAX)), shift);
        // Ties of both divisions: mantissa 2^30 halves, so high products are x/2 and the division cuts its low bits.
        for (std::int32_t x = -600; x <= 600; ++x) add(x, 1 << 30, shift < 0 ? std::max(shift, -9) : shift);
        for (int i = 0; i < 2000 && shift < 0; ++i)
            add(random.between(-8, 8) * (std::int64_t{1} << std::min(-shift, 28)) + random.between(-2, 2), 1 << 30,
                shift);
    }
    return all;
}

}  // namespace

TEST_CASE("The rule for int64 says what it takes", "[numeric][tflite]") {
    STATIC_REQUIRE(qtensor::TfLiteDoubleRounding::largest_wide_accumulator == 140737488355327);  // 2^47 - 1
    STATIC_REQUIRE(qtensor::TfLiteDoubleRounding::largest_wide_shift == 7);
    STATIC_REQUIRE(qtensor::TfLiteDoubleRounding::largest_accumulator({0, 1}) == 1073741823u);
    STATIC_REQUIRE(qtensor::TfLiteDoubleRounding::largest_accumulator({0, 0}) == 2147483647u);
    STATIC_REQUIRE(qtensor::TfLiteDoubleRounding::largest_accumulator({0, -5}) == 2147483647u);
}

TEST_CASE("A rounding division by a power of two sends ties away from zero", "[numeric][tflite]") {
    Tally tally;
    for (std::int32_t exponent = 0; exponent <= 31; ++exponent) {
        for (const std::int32_t x : special_ints())
            tally.same(rounding_divide_by_power_of_two(x, exponent), divide_away(x, exponent), x, exponent);
        const std::int64_t half = exponent == 0 ? 1 : std::int64_t{1} << (exponent - 1);
        for (std::int64_t halves = -9; halves <= 9; ++halves) {
            for (std::int64_t off = -1; off <= 1; ++off) {
                const std::int64_t x = halves * half + off;
                if (x < INT32_MIN || x > INT32_MAX) continue;
                tally.same(rounding_divide_by_power_of_two(static_cast<std::int32_t>(x), exponent),
                           divide_away(x, exponent), x, exponent);
            }
        }
        for (std::int32_t x = -3000; x <= 3000; ++x)
            tally.same(rounding_divide_by_power_of_two(x, exponent), divide_away(x, exponent), x, exponent);
    }
    Random random(62);
    for (int i = 0; i < 500000; ++i) {
        const std::int32_t x = random.int32_any_size();
        const auto exponent = static_cast<std::int32_t>(random.between(0, 31));
        tally.same(rounding_divide_by_power_of_two(x, exponent), divide_away(x, exponent), x, exponent);
    }
    tally.require_all_equal(32 * 6001 + 500000);
    STATIC_REQUIRE(rounding_divide_by_power_of_two(5, 1) == 3);
    STATIC_REQUIRE(rounding_divide_by_power_of_two(-5, 1) == -3);
    STATIC_REQUIRE(rounding_divide_by_power_of_two(-6, 2) == -2);
    STATIC_REQUIRE(rounding_divide_by_power_of_two(-5, 2) == -1);
}

TEMPLATE_TEST_CASE("Lanes divide by powers of two as one value does", "[numeric][tflite]", QTENSOR_TEST_ARCHES) {
    using I = qtensor::lanes<std::int32_t, TestType>;
    Pairs<std::int32_t> pairs = int_pairs(300000);
    for (std::size_t i = 0; i < pairs.b.size(); ++i) pairs.b[i] = static_cast<std::int32_t>(i * 11 % 32);
    lanes_equal_scalar<I, std::int32_t>(
        pairs, [](I x, I exponent) { return rounding_divide_by_power_of_two(x, exponent); },
        [](std::int32_t x, std::int32_t exponent) { return static_cast<std::int32_t>(divide_away(x, exponent)); });
}

TEST_CASE("A fixed-point product rounds twice, in this order", "[numeric][tflite]") {
    Tally tally;
    for (const Case& c : cases())
        tally.same(TfLiteDoubleRounding::multiply(c.x, c.mantissa, c.shift),
                   multiply_twice_rounded(c.x, c.mantissa, c.shift), c.x, c.mantissa, c.shift);
    tally.require_all_equal(600000);
    // Rounding once would give 1: 3 * 2^30 / 2^31 / 4 = 0.375, but the high product is 2 and 2/4 goes away from zero.
    STATIC_REQUIRE(TfLiteDoubleRounding::multiply(3, 1 << 30, -2) == 1);
    STATIC_REQUIRE(TfLiteDoubleRounding::multiply(-3, 1 << 30, -1) == -1);
    STATIC_REQUIRE(TfLiteDoubleRounding::multiply(-5, 1 << 30, -1) == -1);
    STATIC_REQUIRE(TfLiteDoubleRounding::multiply(-6, 1 << 30, -1) == -2);
    STATIC_REQUIRE(TfLiteDoubleRounding::multiply(100, 1 << 30, 3) == 400);
}

TEMPLATE_TEST_CASE("Lanes multiply by a fixed-point number of their own", "[numeric][tflite]", QTENSOR_TEST_ARCHES) {
    using I = qtensor::lanes<std::int32_t, TestType>;
    constexpr std::size_t width = sizeof(I) / sizeof(std::int32_t);
    auto all = cases();
    Random random(63);
    for (std::size_t i = all.size() - 1; i > 0; --i)  // lanes of one register differ in shift
        std::swap(all[i], all[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(i)))]);
    const CodeRange range{-3, -128, 127};
    Tally tally;
    for (std::size_t i = 0; i + width <= all.size(); i += width) {
        std::array<std::int32_t, width> x;
        std::array<std::int32_t, width> mantissa;
        std::array<std::int32_t, width> shift;
        for (std::size_t j = 0; j < width; ++j) {
            x[j] = all[i + j].x;
            mantissa[j] = all[i + j].mantissa;
            shift[j] = all[i + j].shift;
        }
        const std::array<I, 2> words{pack<I>(mantissa.data(), width), pack<I>(shift.data(), width)};
        const auto product =
            unpack<std::int32_t>(TfLiteDoubleRounding::multiply(pack<I>(x.data(), width), words[0], words[1]));
        const auto code = unpack<std::int32_t>(TfLiteDoubleRounding::apply(pack<I>(x.data(), width), words, range));
        for (std::size_t j = 0; j < width; ++j) {
            const std::int64_t want = multiply_twice_rounded(x[j], mantissa[j], shift[j]);
            tally.same(product[j], want, x[j], mantissa[j], shift[j]);
            tally.same(code[j], std::clamp<std::int64_t>(want - 3, -128, 127), x[j], mantissa[j], shift[j]);
        }
    }
    tally.require_all_equal(1200000);
}

TEST_CASE("A code is the product plus the zero point, clamped, for every accumulator", "[numeric][tflite]") {
    Random random(64);
    Tally tally;
    const CodeRange ranges[]{{0, -128, 127},    {-128, -128, 127}, {127, -128, 127},  {5, -127, 127},
                             {128, 0, 255},     {0, 0, 255},       {-7, -8, 7},       {0, -32768, 32767},
                             {40000, 0, 65535}, {0, 0, 127},       {-126, -126, 127}, {3, 3, 90}};
    const auto all = cases();
    for (const CodeRange& range : ranges) {
        for (std::size_t i = 0; i < all.size(); i += 7) {
            const Case& c = all[i];
            const std::int64_t exact = multiply_twice_rounded(c.x, c.mantissa, c.shift) + range.zero_point;
            tally.same(TfLiteDoubleRounding::apply(c.x, std::array{c.mantissa, c.shift}, range),
                       std::clamp<std::int64_t>(exact, range.lowest, range.highest), c.x, c.mantissa, c.shift,
                       range.zero_point, range.lowest);
        }
        for (const std::int32_t x : {INT32_MIN, INT32_MAX}) {  // the sum with the zero point must not wrap
            const std::int64_t code = TfLiteDoubleRounding::apply(x, std::array{INT32_MAX, 0}, range);
            tally.same(code, x < 0 ? range.lowest : range.highest, x, range.zero_point);
        }
    }
    tally.require_all_equal(1000000);
}

TEST_CASE("The largest accumulator is the largest whose shifted value fits int32", "[numeric][tflite]") {
    for (std::int32_t shift = -31; shift <= 31; ++shift) {
        const std::int64_t largest = TfLiteDoubleRounding::largest_accumulator({INT32_MAX, shift});
        const std::int64_t power = shift > 0 ? std::int64_t{1} << shift : 1;
        CHECK(largest * power <= INT32_MAX);
        CHECK((largest + 1) * power > INT32_MAX);
    }
}

TEST_CASE("The multiplier is s_x * s_w / s_y in double, left to right", "[numeric][tflite]") {
    STATIC_REQUIRE(TfLiteDoubleRounding::words == 2);
    Random random(65);
    Tally tally;
    for (int i = 0; i < 200000; ++i) {
        const float x = random.real(1e-5, 0.1);
        const float w = random.real(1e-5, 0.1);
        const float y = random.real(1e-5, 0.1);
        const volatile double product = static_cast<double>(x) * static_cast<double>(w);
        const auto want = quantize_multiplier(product / static_cast<double>(y));
        const auto got = TfLiteDoubleRounding::derive(x, w, y);
        tally.same(got[0], want[0], x, w, y);
        tally.same(got[1], want[1], x, w, y);
    }
    tally.require_all_equal(400000);
    STATIC_REQUIRE(TfLiteDoubleRounding::derive(0.5f, 0.5f, 1.0f) == std::array<std::int32_t, 2>{1 << 30, -1});
    STATIC_REQUIRE(TfLiteDoubleRounding::derive(1.0f, 3.0f, 1.0f) == std::array<std::int32_t, 2>{3 << 29, 2});
}

TEST_CASE("The accumulator of tensorflow issue 102943 becomes -119", "[numeric][tflite]") {
    // s_x * s_w / s_y = 0.0111111113802, accumulator 585, zero point -126: 585 * M is a little more than 6.5.
    constexpr auto words = TfLiteDoubleRounding::derive(0.0111111113802f, 1.0f, 1.0f);
    STATIC_REQUIRE(TfLiteDoubleRounding::apply(585, words, CodeRange{-126, -128, 127}) == -119);
    STATIC_REQUIRE(TfLiteDoubleRounding::apply(584, words, CodeRange{-126, -128, 127}) == -120);
}

TEST_CASE("High products equal those that gemmlowp computed", "[numeric][tflite][vectors]") {
    const auto folders = vector_cases("fixedpoint", "srdhm");
    if (folders.empty()) WARN("the vectors of srdhm are absent: skipped");
    for (const auto& folder : folders) {
        const auto a = read_npy<std::int32_t>(folder / "a.npy");
        const auto b = read_npy<std::int32_t>(folder / "b.npy");
        const auto y = read_npy<std::int32_t>(folder / "y.npy");
        REQUIRE((a.size() == b.size() && a.size() == y.size()));
        Tally tally;
        for (std::size_t i = 0; i < a.size(); ++i)
            tally.same(qtensor::lane::doubling_high(a[i], b[i]), y[i], a[i], b[i]);
        tally.require_all_equal(24000);
        std::size_t at = 0;
        lanes_equal_scalar<qtensor::lanes<std::int32_t, qtensor::arch::native>, std::int32_t>(
            Pairs<std::int32_t>{a, b}, [](auto p, auto q) { return qtensor::lane::doubling_high(p, q); },
            [&](std::int32_t, std::int32_t) { return y[at++]; });
    }
}

TEST_CASE("Rounding divisions equal those that gemmlowp computed", "[numeric][tflite][vectors]") {
    const auto folders = vector_cases("fixedpoint", "rounding_divide_by_pot");
    if (folders.empty()) WARN("the vectors of rounding_divide_by_pot are absent: skipped");
    for (const auto& folder : folders) {
        const auto x = read_npy<std::int32_t>(folder / "x.npy");
        const auto exponent = read_npy<std::int32_t>(folder / "exponent.npy");
        const auto y = read_npy<std::int32_t>(folder / "y.npy");
        REQUIRE((x.size() == exponent.size() && x.size() == y.size()));
        Tally tally;
        for (std::size_t i = 0; i < x.size(); ++i)
            tally.same(rounding_divide_by_power_of_two(x[i], exponent[i]), y[i], x[i], exponent[i]);
        tally.require_all_equal(24000);
    }
}

TEST_CASE("Fixed-point products equal those that TFLite computed", "[numeric][tflite][vectors]") {
    const auto folders = vector_cases("fixedpoint", "multiply_by_quantized_multiplier_double_rounding");
    if (folders.empty()) WARN("the vectors of multiply_by_quantized_multiplier_double_rounding are absent: skipped");
    for (const auto& folder : folders) {
        const auto x = read_npy<std::int32_t>(folder / "x.npy");
        const auto multiplier = read_npy<std::int32_t>(folder / "multiplier.npy");
        const auto shift = read_npy<std::int32_t>(folder / "shift.npy");
        const auto y = read_npy<std::int32_t>(folder / "y.npy");
        REQUIRE((x.size() == multiplier.size() && x.size() == shift.size() && x.size() == y.size()));
        Tally tally;
        for (std::size_t i = 0; i < x.size(); ++i)
            tally.same(TfLiteDoubleRounding::multiply(x[i], multiplier[i], shift[i]), y[i], x[i], multiplier[i],
                       shift[i]);
        tally.require_all_equal(24000);
    }
}

TEST_CASE("Sums of 64 bits saturate at the ends of the codes", "[numeric][tflite]") {
    const CodeRange range{0, -100, 90};
    const std::array<std::int32_t, 2> half{1 << 30, 0};
    for (const std::int64_t acc : {-202, -201, -200, -199, 0, 179, 180, 181, 182}) {
        const std::int64_t code = (acc + 1) >> 1;  // ties up
        CHECK(TfLiteDoubleRounding::apply(acc, half, range) == (code < -100 ? -100 : code > 90 ? 90 : code));
    }
}
