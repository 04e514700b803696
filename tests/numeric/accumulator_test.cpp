// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/accumulator.hpp>

#include "support/catch.hpp"
#include "support/rounding_oracle.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

#include <cstdlib>

using namespace qtensor;
using namespace qtensor_test;

namespace {

using s8 = std::int8_t;
using u8 = std::uint8_t;
using s16 = std::int16_t;
using s32 = std::int32_t;
using s64 = std::int64_t;
using Ternary = Ranged<std::int8_t, -1, 1>;

/// The largest |x - z| over all codes x, and all zero points z of the range, by trying them.
template <class T> std::uint64_t magnitude_by_trial(bool has_zero_point) {
    long long largest = 0;
    const long long lowest = element<T>::lowest;
    const long long highest = element<T>::highest;
    for (long long x = lowest; x <= highest; ++x) {
        for (long long z = has_zero_point ? lowest : 0; z <= (has_zero_point ? highest : 0); ++z)
            largest = std::max(largest, std::llabs(x - z));
    }
    return static_cast<std::uint64_t>(largest);
}

}  // namespace

TEST_CASE("Safe depths are those of the published table", "[numeric][accumulator]") {
    // s8 x s8, full range: terms up to 16384
    STATIC_REQUIRE(safe_depth<s32, s8, s8>() == 131071);
    STATIC_REQUIRE(safe_depth<s16, s8, s8>() == 1);
    // s8 [-127, 127] x the same: 16129
    STATIC_REQUIRE(safe_depth<s32, int8_symmetric, int8_symmetric>() == 133144);
    STATIC_REQUIRE(safe_depth<s16, int8_symmetric, int8_symmetric>() == 2);
    // (q - z) in +-255 x w in [-127, 127]: 32385
    STATIC_REQUIRE(safe_depth<s32, s8, int8_symmetric>(true, false) == 66311);
    STATIC_REQUIRE(safe_depth<s16, s8, int8_symmetric>(true, false) == 1);
    // u8 x s8: 32640
    STATIC_REQUIRE(safe_depth<s32, u8, s8>() == 65793);
    STATIC_REQUIRE(safe_depth<s16, u8, s8>() == 1);
    // s16 x s8: 4194304; with [-127, 127]: 4161536
    STATIC_REQUIRE(safe_depth<s32, s16, s8>() == 511);
    STATIC_REQUIRE(safe_depth<s32, s16, int8_symmetric>() == 516);
    STATIC_REQUIRE(safe_depth<s16, s16, s8>() == 0);
    // s16 x s16: 2^30
    STATIC_REQUIRE(safe_depth<s32, s16, s16>() == 1);
    // s4 x s8: 1024
    STATIC_REQUIRE(safe_depth<s32, int4, s8>() == 2097151);
    STATIC_REQUIRE(safe_depth<s16, int4, s8>() == 31);
    // s4 x s4: 64
    STATIC_REQUIRE(safe_depth<s32, int4, int4>() == 33554431);
    STATIC_REQUIRE(safe_depth<s16, int4, int4>() == 511);
    // ternary x s8: 128
    STATIC_REQUIRE(safe_depth<s32, Ternary, s8>() == 16777215);
    STATIC_REQUIRE(safe_depth<s16, Ternary, s8>() == 255);
    // nothing but zeros: any depth that the type counts
    STATIC_REQUIRE((safe_depth<s16, Ranged<s8, 0, 0>, s8>()) == 32767);
    STATIC_REQUIRE(safe_depth<s64, s16, s16>() == 8589934591);
}

TEST_CASE("Pairs that vpmaddubsw would saturate are told from those it would not", "[numeric][accumulator]") {
    // u8 x s8 reaches 65280, u8 x [-64, 63] 32640, |a| x [-127, 127] with a in [-128, 127] 32512
    STATIC_REQUIRE_FALSE(holds_bound<s16>(sum_bound<u8, s8>(2, false, false)));
    STATIC_REQUIRE(sum_bound<u8, s8>(2, false, false) == 65280);
    STATIC_REQUIRE(sum_bound<u8, Ranged<s8, -64, 63>>(2, false, false) == 32640);
    STATIC_REQUIRE(holds_bound<s16>(sum_bound<u8, Ranged<s8, -64, 63>>(2, false, false)));
    STATIC_REQUIRE(sum_bound<s8, int8_symmetric>(2, false, false) == 32512);
    STATIC_REQUIRE(holds_bound<s16>(sum_bound<s8, int8_symmetric>(2, false, false)));
    STATIC_REQUIRE_FALSE(holds_bound<s16>(sum_bound<s8, s8>(2, false, false)));
    STATIC_REQUIRE(qtensor::detail::depth_must_be_safe<2, 2>());
}

TEMPLATE_TEST_CASE("The largest magnitude of a code is the one found by trying all", "[numeric][accumulator]", s8, u8,
                   int8_symmetric, int4, uint4, Ternary, (Ranged<s8, 3, 9>), (Ranged<s8, -9, -3>),
                   (Ranged<s8, -64, 63>), (Ranged<s8, 0, 1>), (Ranged<s8, -1, 0>), (Ranged<s8, 0, 0>),
                   (Ranged<s8, 1, 1>), (Ranged<s8, -1, -1>)) {
    CHECK(magnitude_bound<TestType>(false) == magnitude_by_trial<TestType>(false));
    CHECK(magnitude_bound<TestType>(true) == magnitude_by_trial<TestType>(true));
}

TEST_CASE("Magnitudes of wide integers do not wrap", "[numeric][accumulator]") {
    STATIC_REQUIRE(magnitude_bound<s16>(false) == 32768);
    STATIC_REQUIRE(magnitude_bound<s16>(true) == 65535);
    STATIC_REQUIRE(magnitude_bound<s32>(false) == 2147483648u);
    STATIC_REQUIRE(magnitude_bound<s32>(true) == 4294967295u);
    STATIC_REQUIRE(magnitude_bound<s64>(false) == 9223372036854775808u);
    STATIC_REQUIRE(magnitude_bound<s64>(true) == UINT64_MAX);
    STATIC_REQUIRE(magnitude_bound<std::uint32_t>(false) == 4294967295u);
}

TEST_CASE("Bounds stop at the largest number instead of wrapping", "[numeric][accumulator]") {
    STATIC_REQUIRE(bound_product(3, 5) == 15);
    STATIC_REQUIRE(bound_product(std::uint64_t{1} << 32, std::uint64_t{1} << 32) == UINT64_MAX);
    STATIC_REQUIRE(bound_product(UINT64_MAX, 2) == UINT64_MAX);
    STATIC_REQUIRE(bound_product(UINT64_MAX, 0) == 0);
    STATIC_REQUIRE(bound_sum(UINT64_MAX, 1) == UINT64_MAX);
    STATIC_REQUIRE(bound_sum(UINT64_MAX - 1, 1) == UINT64_MAX);
    STATIC_REQUIRE(bound_sum(2, 3) == 5);
    STATIC_REQUIRE(sum_bound<s64, s64>(1, false, false) == UINT64_MAX);
    STATIC_REQUIRE(sum_bound<s8, s8>(0, true, true) == 0);
    STATIC_REQUIRE(sum_bound<s8, s8>(10, true, true) == 650250);
    STATIC_REQUIRE(sum_bound<s8, u8>(10, true, false) == 650250);
    STATIC_REQUIRE(sum_bound<s8, s8>(10, false, true) == 326400);
}

TEST_CASE("An accumulator holds a bound up to its largest value", "[numeric][accumulator]") {
    STATIC_REQUIRE(holds_bound<s16>(32767));
    STATIC_REQUIRE_FALSE(holds_bound<s16>(32768));
    STATIC_REQUIRE(holds_bound<s32>(2147483647));
    STATIC_REQUIRE_FALSE(holds_bound<s32>(2147483648u));
    STATIC_REQUIRE(holds_bound<s64>(9223372036854775807u));
    STATIC_REQUIRE_FALSE(holds_bound<s64>(9223372036854775808u));
}

TEST_CASE("The accumulator is int32 as deep as that is proven and int64 beyond", "[numeric][accumulator]") {
    STATIC_REQUIRE(std::is_same_v<accumulator_for<s8, s8, 131071, false, false>, s32>);
    STATIC_REQUIRE(std::is_same_v<accumulator_for<s8, s8, 131072, false, false>, s64>);
    STATIC_REQUIRE(std::is_same_v<accumulator_for<s8, int8_symmetric, 66311, true, false>, s32>);
    STATIC_REQUIRE(std::is_same_v<accumulator_for<s8, int8_symmetric, 66312, true, false>, s64>);
    STATIC_REQUIRE(std::is_same_v<accumulator_for<int8_symmetric, s8, 33025, false, true>, s32>);
    STATIC_REQUIRE(std::is_same_v<accumulator_for<s8, s8, 33025, true, true>, s32>);
    STATIC_REQUIRE(std::is_same_v<accumulator_for<s8, s8, 33026, true, true>, s64>);
    STATIC_REQUIRE(std::is_same_v<accumulator_for<s16, s8, 512, false, false>, s64>);
    STATIC_REQUIRE(std::is_same_v<accumulator_for<s16, s16, 1, false, false>, s32>);
    STATIC_REQUIRE(std::is_same_v<accumulator_for<s16, s16, 2, false, false>, s64>);
}

TEST_CASE("The worst sum of the proven depth fits, one term more does not", "[numeric][accumulator]") {
    const auto worst = [](auto depth, int128 term) { return static_cast<int128>(depth) * term; };
    CHECK(worst(safe_depth<s32, s8, s8>(), 16384) <= INT32_MAX);
    CHECK(worst(safe_depth<s32, s8, s8>() + 1, 16384) > INT32_MAX);
    CHECK(worst(safe_depth<s32, s8, int8_symmetric>(true), 255 * 127) <= INT32_MAX);
    CHECK(worst(safe_depth<s32, s8, int8_symmetric>(true) + 1, 255 * 127) > INT32_MAX);
    CHECK(worst(safe_depth<s64, s16, s16>(true, true), int128{65535} * 65535) <= INT64_MAX);
    CHECK(worst(safe_depth<s64, s16, s16>(true, true) + 1, int128{65535} * 65535) > INT64_MAX);
    CHECK(worst(safe_depth<s16, int4, int4>(), 64) <= INT16_MAX);
    CHECK(worst(safe_depth<s16, int4, int4>() + 1, 64) > INT16_MAX);
}

TEST_CASE("bounds stop at the largest number, while the program runs too", "[numeric][accumulator]") {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t half = most / 2, two = 2, three = 3;
    CHECK(bound_product(half, two) == most - 1);
    CHECK(bound_product(half, three) == most);
    CHECK(bound_sum(half, half) == most - 1);
    CHECK(bound_sum(half, half + two) == most);
    bool yes = true;
    CHECK(magnitude_bound<s8>(!yes) == 128);
    CHECK(magnitude_bound<s8>(yes) == 255);
    CHECK(magnitude_bound<u8>(!yes) == 255);
    CHECK(magnitude_bound<Ranged<std::int8_t, -5, -2>>(!yes) == 5);
    CHECK(magnitude_bound<Ranged<std::int8_t, 2, 5>>(!yes) == 5);
    CHECK(safe_depth<s32, s8, s8>(!yes, !yes) == 131071);
    CHECK(safe_depth<s32, Ranged<std::int8_t, 0, 0>, s8>(!yes, !yes) == 2147483647);  // every product is 0
}
