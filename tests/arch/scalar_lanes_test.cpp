// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/scalar_lanes.hpp>

#include "support/catch.hpp"
#include "support/register_checks.hpp"

#include <cfenv>

using namespace qtensor_test;
namespace lane = qtensor::lane;

namespace {

/// Doubles at which rounding changes its mind: those of a float, 2^51 … 2^53 with halves, numbers beyond int64.
std::vector<double> double_inputs() {
    std::vector<double> values;
    for (const float x : rounding_inputs(50000)) values.push_back(static_cast<double>(x));
    for (int eighths = -2400; eighths <= 2400; ++eighths) {
        const double x = eighths / 8.0;
        values.push_back(std::nextafter(x, -1e300));
        values.push_back(std::nextafter(x, 1e300));
    }
    for (const double center : {2251799813685248.0, 4503599627370496.0, 9007199254740992.0, 9223372036854775808.0}) {
        for (int i = -64; i <= 64; ++i) {
            values.push_back(center + i * 0.5);
            values.push_back(-center + i * 0.5);
        }
        values.push_back(std::nextafter(center, 0.0));
        values.push_back(-std::nextafter(center, 0.0));
    }
    Random random(3);
    for (int i = 0; i < 200000; ++i) {
        values.push_back(std::bit_cast<double>(random.word()));
        values.push_back(static_cast<double>(random.int64()) / 2097152.0);
    }
    return values;
}

template <class F, class Op, class Oracle> void function_equals(const std::vector<F>& inputs, Op op, Oracle oracle) {
    Tally tally;
    for (const F x : inputs) tally.same_real(static_cast<double>(op(x)), static_cast<double>(oracle(x)), x);
    tally.require_all_equal(static_cast<long long>(inputs.size()));
}

}  // namespace

TEST_CASE("Floor, trunc and nearest even equal the C library on floats", "[arch][scalar]") {
    const auto inputs = rounding_inputs(2000000);
    function_equals(inputs, [](float x) { return lane::floor(x); }, [](float x) { return std::floor(x); });
    function_equals(inputs, [](float x) { return lane::trunc(x); }, [](float x) { return std::trunc(x); });
    function_equals(inputs, [](float x) { return lane::nearest_even(x); }, [](float x) { return std::nearbyint(x); });
}

TEST_CASE("Floor, trunc and nearest even equal the C library on doubles", "[arch][scalar]") {
    const auto inputs = double_inputs();
    function_equals(inputs, [](double x) { return lane::floor(x); }, [](double x) { return std::floor(x); });
    function_equals(inputs, [](double x) { return lane::trunc(x); }, [](double x) { return std::trunc(x); });
    function_equals(inputs, [](double x) { return lane::nearest_even(x); }, [](double x) { return std::nearbyint(x); });
}

TEST_CASE("Nearest even does not depend on the thread's rounding mode", "[arch][scalar]") {
    const auto inputs = rounding_inputs(20000);
    std::vector<float> want(inputs.size());
    std::vector<float> got(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) want[i] = std::nearbyint(inputs[i]);
    const int before = std::fegetround();
    for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
        REQUIRE(std::fesetround(mode) == 0);
        for (std::size_t i = 0; i < inputs.size(); ++i) got[i] = lane::nearest_even(inputs[i]);
        std::fesetround(before);
        Tally tally;
        for (std::size_t i = 0; i < inputs.size(); ++i)
            tally.same_real(static_cast<double>(got[i]), static_cast<double>(want[i]), inputs[i], mode);
        tally.require_all_equal(static_cast<long long>(inputs.size()));
    }
}

TEST_CASE("The functions that round are usable in constant evaluation", "[arch][scalar]") {
    STATIC_REQUIRE(lane::floor(-0.5f) == -1.0f);
    STATIC_REQUIRE(lane::floor(8388607.5f) == 8388607.0f);
    STATIC_REQUIRE(lane::floor(-8388607.5f) == -8388608.0f);
    STATIC_REQUIRE(lane::floor(1e30f) == 1e30f);
    STATIC_REQUIRE(lane::floor(-4503599627370495.5) == -4503599627370496.0);
    STATIC_REQUIRE(lane::trunc(-1.75f) == -1.0f);
    STATIC_REQUIRE(lane::trunc(1.75f) == 1.0f);
    STATIC_REQUIRE(lane::nearest_even(0.5f) == 0.0f);
    STATIC_REQUIRE(lane::nearest_even(1.5f) == 2.0f);
    STATIC_REQUIRE(lane::nearest_even(2.5f) == 2.0f);
    STATIC_REQUIRE(lane::nearest_even(-2.5f) == -2.0f);
    STATIC_REQUIRE(lane::nearest_even(-3.5f) == -4.0f);
    STATIC_REQUIRE(lane::nearest_even(0.49999997f) == 0.0f);
    STATIC_REQUIRE(lane::nearest_even(8388607.5f) == 8388608.0f);
    STATIC_REQUIRE(lane::nearest_even(8388606.5f) == 8388606.0f);
    STATIC_REQUIRE(lane::rounded(0.1f) == 0.1f);
}

TEST_CASE("Minimum and maximum return their second argument when nothing is less", "[arch][scalar]") {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    CHECK(lane::min(1.0f, 2.0f) == 1.0f);
    CHECK(lane::min(2.0f, 1.0f) == 1.0f);
    CHECK(lane::max(1.0f, 2.0f) == 2.0f);
    CHECK(lane::max(2.0f, 1.0f) == 2.0f);
    CHECK(lane::min(nan, 3.0f) == 3.0f);
    CHECK(lane::max(nan, 3.0f) == 3.0f);
    CHECK(std::isnan(lane::min(3.0f, nan)));
    CHECK(std::isnan(lane::max(3.0f, nan)));
    CHECK(std::signbit(lane::min(0.0f, -0.0f)));
    CHECK_FALSE(std::signbit(lane::min(-0.0f, 0.0f)));
    CHECK(std::signbit(lane::max(0.0f, -0.0f)));
    CHECK(lane::min(INT32_MIN, INT32_MAX) == INT32_MIN);
    CHECK(lane::max(INT32_MIN, INT32_MAX) == INT32_MAX);
    CHECK(lane::select(true, 1, 2) == 1);
    CHECK(lane::select(false, 1, 2) == 2);
    CHECK(lane::select(false, 1.0f, nan) != 1.0f);
}

TEST_CASE("Wrapping arithmetic counts modulo the size of the integer", "[arch][scalar]") {
    const auto pairs = int_pairs(400000);
    Tally tally;
    for (std::size_t i = 0; i < pairs.a.size(); ++i) {
        const std::int32_t a = pairs.a[i];
        const std::int32_t b = pairs.b[i];
        // The exact results fit int64; what lies beyond int32 is taken off by remainders.
        const auto wrap = [](std::int64_t exact) {
            std::int64_t rest = (exact + 2147483648) % 4294967296;
            if (rest < 0) rest += 4294967296;
            return rest - 2147483648;
        };
        tally.same(lane::wrapping_add(a, b), wrap(static_cast<std::int64_t>(a) + b), a, b);
        const std::int64_t product = static_cast<std::int64_t>(a) * b;
        tally.same(lane::wrapping_multiply(a, b), wrap(product % 4294967296), a, b);
    }
    tally.require_all_equal(800000);
    CHECK(lane::wrapping_add(INT64_MAX, std::int64_t{1}) == INT64_MIN);
    CHECK(lane::wrapping_add(INT64_MIN, std::int64_t{-1}) == INT64_MAX);
    CHECK(lane::wrapping_add(std::int64_t{-5}, std::int64_t{3}) == -2);
    CHECK(lane::wrapping_multiply(std::int64_t{1} << 62, std::int64_t{2}) == INT64_MIN);
    CHECK(lane::wrapping_multiply(std::int64_t{1} << 62, std::int64_t{4}) == 0);
    CHECK(lane::wrapping_multiply(std::int64_t{-3000000000}, std::int64_t{3}) == -9000000000);
    STATIC_REQUIRE(lane::wrapping_add(INT32_MAX, 1) == INT32_MIN);
    STATIC_REQUIRE(lane::wrapping_multiply(65536, 65536) == 0);
}

TEST_CASE("Shifts multiply and divide by powers of two, downwards", "[arch][scalar]") {
    std::vector<std::int32_t> values = special_ints();
    Random random(4);
    for (int i = 0; i < 20000; ++i) values.push_back(random.int32_any_size());
    Tally tally;
    for (const std::int32_t x : values) {
        for (std::int32_t count = 0; count < 32; ++count) {
            const double scaled = std::ldexp(static_cast<double>(x), count);  // exact: 31 + 31 bits of 53 are in use
            const double wrapped = scaled - 4294967296.0 * std::floor((scaled + 2147483648.0) / 4294967296.0);
            tally.same(lane::shift_left(x, count), static_cast<long long>(wrapped), x, count);
            tally.same(lane::shift_right(x, count),
                       static_cast<long long>(std::floor(std::ldexp(static_cast<double>(x), -count))), x, count);
        }
    }
    tally.require_all_equal(20000 * 64);
}

TEST_CASE("The doubling high product rounds ties up and saturates once", "[arch][scalar]") {
    const auto pairs = int_pairs(2000000);
    Tally tally;
    for (std::size_t i = 0; i < pairs.a.size(); ++i)
        tally.same(lane::doubling_high(pairs.a[i], pairs.b[i]), high_product_oracle(pairs.a[i], pairs.b[i]), pairs.a[i],
                   pairs.b[i]);
    const auto by_mantissa = second_not_negative(pairs);
    for (std::size_t i = 0; i < by_mantissa.a.size(); ++i)
        tally.same(lane::high_product(by_mantissa.a[i], by_mantissa.b[i]),
                   high_product_oracle(by_mantissa.a[i], by_mantissa.b[i]), by_mantissa.a[i], by_mantissa.b[i]);
    tally.require_all_equal(4000000);
    CHECK(lane::high_product(INT32_MIN, INT32_MAX) == -INT32_MAX);
    CHECK(lane::high_product(INT32_MAX, INT32_MAX) == INT32_MAX - 1);
    CHECK(lane::high_product(-1, 1 << 30) == 0);  // -1/2 goes up
    CHECK(lane::doubling_high(INT32_MIN, INT32_MIN) == INT32_MAX);
    CHECK(lane::doubling_high(INT32_MIN, INT32_MAX) == -INT32_MAX);
    CHECK(lane::doubling_high(1 << 30, 1) == 1);    // +1/2 goes up
    CHECK(lane::doubling_high(1 << 30, -1) == 0);   // -1/2 goes up
    CHECK(lane::doubling_high(1 << 30, -3) == -1);  // -3/2 goes up
    CHECK(lane::doubling_high((1 << 30) - 1, 1) == 0);
    STATIC_REQUIRE(lane::doubling_high(1 << 30, 1 << 30) == 1 << 29);
}

TEST_CASE("One value is converted, reinterpreted, loaded and stored as itself", "[arch][scalar]") {
    Tally tally;
    std::vector<std::int32_t> values = special_ints();
    Random random(8);
    for (int i = 0; i < 100000; ++i) values.push_back(random.int32());
    for (const std::int32_t x : values) {
        // The nearest float of an integer: 24 bits of it, in steps of the last of them.
        const double exact = static_cast<double>(x);
        const double step = std::ldexp(1.0, std::max(x == 0 ? 0 : std::ilogb(exact) - 23, 0));
        const double best = std::nearbyint(exact / step) * step;
        tally.same_real(static_cast<double>(lane::to_float(x)), best, x);
        float bits_as_float;
        std::memcpy(&bits_as_float, &x, sizeof(x));
        tally.same_bits(lane::as_float(x), bits_as_float, x);
    }
    tally.require_all_equal(200000);
    CHECK(lane::to_int(-7.0f) == -7);
    CHECK(lane::to_int(-2147483648.0f) == INT32_MIN);
    CHECK(lane::to_int(2147483520.0f) == 2147483520);

    const std::int8_t byte = -5;
    CHECK(lane::load<std::int32_t>(&byte, 1) == -5);
    const float real = 2.5f;
    CHECK(lane::load<float>(&real, 9) == 2.5f);
    std::int8_t bytes[3]{1, 2, 3};
    lane::store(bytes + 1, std::int32_t{-128}, 1);
    CHECK((bytes[0] == 1 && bytes[1] == -128 && bytes[2] == 3));
    lane::store(bytes + 1, std::int32_t{127}, 7);
    CHECK((bytes[0] == 1 && bytes[1] == 127 && bytes[2] == 3));
    CHECK(lane::broadcast<float>(1.5f) == 1.5f);
    CHECK(lane::broadcast<std::int32_t>(-9) == -9);
}

TEST_CASE("A rounded product is not fused with what is added to it", "[arch][scalar]") {
    Random random(7);
    Tally tally;
    for (int i = 0; i < 100000; ++i) {
        const float a = random.real(-4.0, 4.0);
        const float b = random.real(-4.0, 4.0);
        const volatile float product = a * b;
        const volatile float sum = product + b;
        tally.same_bits(lane::rounded(a * b) + b, sum, a, b);
        const double wide_a = static_cast<double>(a) / 3.0;
        const volatile double wide_product = wide_a * wide_a;
        const volatile double wide_sum = wide_product - static_cast<double>(b);
        tally.same_real(lane::rounded(wide_a * wide_a) - static_cast<double>(b), wide_sum, a, b);
    }
    tally.require_all_equal(200000);
}

TEST_CASE("A shifted product is rounded once, ties up, and held inside int32", "[arch][scalar]") {
    Tally tally;
    const auto pairs = int_pairs(100000);
    for (std::size_t i = 0; i < pairs.a.size(); ++i) {
        for (const int count : {0, 1, 2, 8, 30, 31, 32, 47, 61, 62})
            tally.same(lane::product_shift(pairs.a[i], pairs.b[i], count),
                       product_shift_oracle(pairs.a[i], pairs.b[i], count), pairs.a[i], pairs.b[i], count);
    }
    tally.require_all_equal(1000000);
    STATIC_REQUIRE(lane::product_shift(3, 1, 1) == 2);
    STATIC_REQUIRE(lane::product_shift(-3, 1, 1) == -1);
    STATIC_REQUIRE(lane::product_shift(INT32_MIN, INT32_MIN, 62) == 1);
    STATIC_REQUIRE(lane::product_shift(INT32_MIN, INT32_MIN, 1) == INT32_MAX);
    STATIC_REQUIRE(lane::product_shift(INT32_MIN, INT32_MAX, 0) == INT32_MIN);
    STATIC_REQUIRE(lane::shift_left(std::int64_t{-3}, std::int64_t{40}) == -3 * (std::int64_t{1} << 40));
    STATIC_REQUIRE(lane::shift_right(std::int64_t{-5}, std::int64_t{1}) == -3);
}

TEST_CASE("A fused product and sum is rounded once, without the instruction", "[arch][scalar]") {
    Tally tally;
    for (const auto& [a, b, c] : fused_inputs())
        tally.same_real(static_cast<double>(lane::fused(a, b, c)), static_cast<double>(std::fma(a, b, c)), a, b, c);
    tally.require_all_equal(800000);
    STATIC_REQUIRE(lane::fused(3.0f, 5.0f, -1.0f) == 14.0f);
    // 1 + 2^-23 + 2^-24 + 2^-60: in double the last bit is lost and the tie would go to even.
    STATIC_REQUIRE(lane::fused(0x1p-30f, 0x1p-30f, 0x1.000002p0f) == 0x1.000002p0f);
    STATIC_REQUIRE(lane::fused(0x1.000002p-12f, 0x1.fffffep-13f, 0x1.000002p0f) == 0x1.000004p0f);
}

TEST_CASE("`each` is the function itself on one value", "[arch][scalar]") {
    CHECK(lane::each([](std::int32_t a, std::int32_t b, std::int32_t c) { return a * 100 + b * 10 + c; }, 1, 2, 3) ==
          123);
}
