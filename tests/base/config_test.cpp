// SPDX-License-Identifier: BSL-1.0
#include <qtensor/base/config.hpp>

#include "support/catch.hpp"

#include <climits>
#include <cmath>
#include <string>

using Catch::Matchers::StartsWith;
using qtensor_test::PreconditionFailed;

namespace {

struct Convertible {
    bool value;
    explicit operator bool() const { return value; }
};

constexpr int half_of_even(int x) {
    QTENSOR_REQUIRE(x % 2 == 0, "half_of_even takes even numbers", x, 2);
    return x / 2;
}

}  // namespace

TEST_CASE("The version is 0.1.0", "[base][config]") {
    CHECK(QTENSOR_VERSION_MAJOR == 0);
    CHECK(QTENSOR_VERSION_MINOR == 1);
    CHECK(QTENSOR_VERSION_PATCH == 0);
}

#define TEXT_OF_EXPANDED(name) #name
#define TEXT_OF(name) TEXT_OF_EXPANDED(name)

TEST_CASE("The inline namespace says version, instructions and lanes", "[base][config]") {
#if defined(__AVX512VNNI__) && defined(__AVX512VBMI__)
    const std::string isa = "avx512_vnni_vbmi";
#elif defined(__AVX512VNNI__)
    const std::string isa = "avx512_vnni";
#elif defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
    const std::string isa = "avx512bw";
#elif defined(__AVX512F__)
    const std::string isa = "avx512";
#elif defined(__AVX2__) && defined(__FMA__) && defined(__F16C__) && defined(__AVXVNNI__)
    const std::string isa = "avx_vnni";
#elif defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
    const std::string isa = "avx2";
#elif defined(__AVX2__)
    const std::string isa = "avx2_alone";
#elif defined(__AVX__)
    const std::string isa = "avx";
#elif defined(__SSE4_1__)
    const std::string isa = "sse41";
#else
    const std::string isa = "base";
#endif
#if QTENSOR_HAS_XSIMD
    const std::string lanes = "xsimd";
#elif defined(__SSE4_1__) && !defined(QTENSOR_NO_SIMD)
    const std::string lanes = "builtin";
#else
    const std::string lanes = "scalar";
#endif
    CHECK(TEXT_OF(QTENSOR_ABI) == "v0_" + isa + "_" + lanes);
    CHECK(&qtensor::precondition_failed == &qtensor::QTENSOR_ABI::precondition_failed);
}

TEST_CASE("xsimd is used where AVX2 is compiled for and nobody declined it", "[base][config]") {
#if defined(__AVX2__) && !defined(QTENSOR_NO_SIMD) && !defined(QTENSOR_NO_XSIMD) && __has_include(<xsimd/xsimd.hpp>)
    CHECK(QTENSOR_HAS_XSIMD == 1);
#else
    CHECK(QTENSOR_HAS_XSIMD == 0);
#endif
}

TEST_CASE("A failed precondition reports its sentence, its numbers and its place", "[base][config]") {
    const int line = __LINE__ + 2;
    try {
        QTENSOR_REQUIRE(1 > 2, "one is not more than two", 1, 2);
        FAIL("the precondition passed");
    } catch (const PreconditionFailed& failed) {
        CHECK(failed.value == 1);
        CHECK(failed.limit == 2);
        const std::string text = failed.what();
        CHECK(text.find("one is not more than two (value 1, limit 2) at ") == 0);
        CHECK(text.find("config_test.cpp:" + std::to_string(line)) != std::string::npos);
    }
}

TEST_CASE("A precondition that holds evaluates its condition once and its numbers never", "[base][config]") {
    int conditions = 0;
    int values = 0;
    int limits = 0;
    QTENSOR_REQUIRE(++conditions == 1, "evaluated once", ++values, ++limits);
    CHECK(conditions == 1);
    CHECK(values == 0);
    CHECK(limits == 0);
    QTENSOR_REQUIRE(Convertible{true}, "an explicit bool will do", 0, 0);
    CHECK_THROWS_AS([] { QTENSOR_REQUIRE(Convertible{false}, "an explicit bool will do", 0, 0); }(),
                    PreconditionFailed);
}

TEST_CASE("Numbers of any type reach the hook as long long", "[base][config]") {
    const auto value_of = [](auto value, auto limit) -> std::pair<long long, long long> {
        try {
            QTENSOR_REQUIRE(false, "no", value, limit);
        } catch (const PreconditionFailed& failed) {
            return {failed.value, failed.limit};
        }
        return {};
    };
    CHECK(value_of(-7, 9u) == std::pair(-7LL, 9LL));
    CHECK(value_of(LLONG_MIN, LLONG_MAX) == std::pair(LLONG_MIN, LLONG_MAX));
    CHECK(value_of(static_cast<std::size_t>(-1), 2.75) == std::pair(-1LL, 2LL));
    CHECK(value_of(1e30, -1e30f) == std::pair(LLONG_MAX, LLONG_MIN));
    CHECK(value_of(0x1p63, -0x1p63) == std::pair(LLONG_MAX, LLONG_MIN));
    CHECK(value_of(-9223372036854774784.0, NAN) == std::pair(-9223372036854774784LL, 0LL));
}

TEST_CASE("A function with a precondition is usable in constant evaluation", "[base][config]") {
    STATIC_REQUIRE(half_of_even(8) == 4);
    CHECK_THROWS_WITH(half_of_even(7), StartsWith("half_of_even takes even numbers (value 7, limit 2)"));
}
