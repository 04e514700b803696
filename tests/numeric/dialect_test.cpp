// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/dialect.hpp>
#include <qtensor/numeric/tflite.hpp>
#include <qtensor/numeric/xnnpack.hpp>

#include <cfloat>
#include <cmath>

#include "support/catch.hpp"

namespace {

/// What a user might write: a rule with three words of its own.
struct ThreeWords {
    static constexpr std::size_t words = 3;
    static constexpr std::array<std::int32_t, words> derive(float, float, float) { return {1, 2, 3}; }
    template <class I> static constexpr I apply(I acc, const std::array<I, words>& m, qtensor::CodeRange) {
        return acc + m[2];
    }
};

struct WithoutApply {
    static constexpr std::size_t words = 1;
    static std::array<std::int32_t, words> derive(float, float, float);
};

struct WrongWords {
    static constexpr std::size_t words = 2;
    static std::array<std::int32_t, 1> derive(float, float, float);
    static std::int32_t apply(std::int32_t, const std::array<std::int32_t, words>&, qtensor::CodeRange);
};

struct ReturnsFloat {
    static constexpr std::size_t words = 1;
    static std::array<std::int32_t, words> derive(float, float, float);
    static float apply(std::int32_t, const std::array<std::int32_t, words>&, qtensor::CodeRange);
};

}  // namespace

TEST_CASE("A dialect derives words from three scales and applies them", "[numeric][dialect]") {
    using qtensor::Dialect;
    STATIC_REQUIRE(Dialect<qtensor::TfLiteDoubleRounding>);
    STATIC_REQUIRE(Dialect<qtensor::XnnpackFp32>);
    STATIC_REQUIRE(qtensor::detail::must_be_dialect<ThreeWords>());
    STATIC_REQUIRE(Dialect<ThreeWords>);
    STATIC_REQUIRE_FALSE(Dialect<WithoutApply>);
    STATIC_REQUIRE_FALSE(Dialect<WrongWords>);
    STATIC_REQUIRE_FALSE(Dialect<ReturnsFloat>);
    STATIC_REQUIRE_FALSE(Dialect<int>);
}

TEST_CASE("A code range is nothing but zero until it is given", "[numeric][dialect]") {
    constexpr qtensor::CodeRange range;
    STATIC_REQUIRE((range.zero_point == 0 && range.lowest == 0 && range.highest == 0));
    constexpr qtensor::CodeRange given{3, -128, 127};
    STATIC_REQUIRE((given.zero_point == 3 && given.lowest == -128 && given.highest == 127));
}

TEST_CASE("Two published rules give one accumulator different codes", "[numeric][dialect]") {
    const auto code = []<class D>(D, std::int32_t acc, float multiplier) {
        return D::apply(acc, D::derive(multiplier, 1.0f, 1.0f), qtensor::CodeRange{0, -128, 127});
    };
    // 2.5: ties go away from zero in one and to even in the other.
    CHECK(code(qtensor::TfLiteDoubleRounding{}, 5, 0.5f) == 3);
    CHECK(code(qtensor::XnnpackFp32{}, 5, 0.5f) == 2);
    // 0.375: the first of two roundings makes it a tie.
    CHECK(code(qtensor::TfLiteDoubleRounding{}, 3, 0.125f) == 1);
    CHECK(code(qtensor::XnnpackFp32{}, 3, 0.125f) == 0);
}

TEST_CASE("A float multiplier that is not finite is refused", "[numeric][dialect]") {
    using qtensor::detail::finite_multiplier;
    STATIC_REQUIRE(finite_multiplier(3.4e38f) == 3.4e38f);
    CHECK(finite_multiplier(FLT_MAX) == FLT_MAX);
    CHECK_THROWS_WITH(finite_multiplier(INFINITY),
                      Catch::Matchers::StartsWith("the multiplier s_x * s_w / s_y is not finite"));
    CHECK_THROWS_WITH(finite_multiplier(std::nanf("")),
                      Catch::Matchers::StartsWith("the multiplier s_x * s_w / s_y is not finite"));
}
