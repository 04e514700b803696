// SPDX-License-Identifier: BSL-1.0
// The compiler's own vector types serve where xsimd is absent. This file leaves xsimd out on purpose, and uses vectors
// of 16 bytes beside the wider ones, so that they are tested in every build.
#if !defined(QTENSOR_NO_XSIMD)
#define QTENSOR_NO_XSIMD
#endif
#include <qtensor/arch/builtin_lanes.hpp>

#include "support/catch.hpp"
#include "support/lane_checks.hpp"

using namespace qtensor_test;

namespace {
/// Four lanes: every machine can pass such a vector to a function.
struct FourLanes {
    static constexpr int lane_bytes = 16;
};
template <class Arch> using Floats = qtensor::lane::vector_of<float, Arch>;
template <class Arch> using Ints = qtensor::lane::vector_of<std::int32_t, Arch>;
}  // namespace

TEST_CASE("Four lanes of the compiler's vector types have the vocabulary of one value", "[arch][builtin]") {
    static_assert(sizeof(Floats<FourLanes>) == 16 && sizeof(Ints<FourLanes>) == 16);
    vocabulary_equals_scalar<Floats<FourLanes>, Ints<FourLanes>>();
}

#if defined(__AVX2__) && !defined(QTENSOR_NO_SIMD)
TEMPLATE_TEST_CASE("Wide vectors of the compiler have the vocabulary of one value", "[arch][builtin]",
                   QTENSOR_TEST_ARCHES) {
    static_assert(sizeof(Floats<TestType>) == TestType::lane_bytes && sizeof(Ints<TestType>) == TestType::lane_bytes);
    vocabulary_equals_scalar<Floats<TestType>, Ints<TestType>>();
}
#endif

TEST_CASE("The compiler's vectors know their element, their width and their partners", "[arch][builtin]") {
    namespace lane = qtensor::lane;
    using F = Floats<FourLanes>;
    using I = Ints<FourLanes>;
    STATIC_REQUIRE(lane::Vector<F>);
    STATIC_REQUIRE(lane::Vector<I>);
    STATIC_REQUIRE_FALSE(lane::Vector<float>);
    STATIC_REQUIRE_FALSE(lane::Vector<std::int32_t>);
    STATIC_REQUIRE(std::is_same_v<lane::vector_element<F>, float>);
    STATIC_REQUIRE(std::is_same_v<lane::vector_element<I>, std::int32_t>);
    STATIC_REQUIRE(lane::vector_width<F> == 4);
    STATIC_REQUIRE(lane::vector_width<I> == 4);
    STATIC_REQUIRE(std::is_same_v<lane::vector_ints<F>, I>);
    STATIC_REQUIRE(std::is_same_v<lane::vector_floats<I>, F>);
    STATIC_REQUIRE(std::is_same_v<lane::vector_ints<I>, I>);
    STATIC_REQUIRE(std::is_same_v<lane::vector_floats<F>, F>);
}

TEST_CASE("A register made from a vector of the compiler keeps every bit", "[arch][builtin]") {
    namespace lane = qtensor::lane;
    using F = Floats<FourLanes>;
    using I = Ints<FourLanes>;
    lanes_equal_scalar<I, std::int32_t>(
        special_ints(), [](I x) { return lane::to_register(x); }, [](std::int32_t x) { return x; });
    lanes_equal_scalar<I, std::int32_t>(
        special_ints(), [](I x) { return lane::from_register<I>(lane::to_register(x)); },
        [](std::int32_t x) { return x; });
    lanes_equal_scalar<F, float>(
        special_floats(), [](F x) { return lane::from_register<F>(lane::to_register(x)); }, [](float x) { return x; });
}
