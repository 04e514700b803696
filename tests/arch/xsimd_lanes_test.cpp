// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/xsimd_lanes.hpp>

#include "support/catch.hpp"
#include "support/lane_checks.hpp"

using namespace qtensor_test;

#if QTENSOR_HAS_XSIMD

TEMPLATE_TEST_CASE("Lanes of xsimd have the vocabulary of one value", "[arch][xsimd]", QTENSOR_TEST_ARCHES) {
    namespace lane = qtensor::lane;
    vocabulary_equals_scalar<lane::vector_of<float, TestType>, lane::vector_of<std::int32_t, TestType>>();
}

TEMPLATE_TEST_CASE("Lanes of xsimd are batches as wide as the architecture says", "[arch][xsimd]",
                   QTENSOR_TEST_ARCHES) {
    namespace lane = qtensor::lane;
    using F = lane::vector_of<float, TestType>;
    using I = lane::vector_of<std::int32_t, TestType>;
    STATIC_REQUIRE(lane::Vector<F>);
    STATIC_REQUIRE_FALSE(lane::Vector<float>);
    STATIC_REQUIRE(std::is_same_v<lane::vector_element<F>, float>);
    STATIC_REQUIRE(std::is_same_v<lane::vector_element<I>, std::int32_t>);
    STATIC_REQUIRE(lane::vector_width<F> * sizeof(float) == static_cast<std::size_t>(TestType::lane_bytes));
    STATIC_REQUIRE(lane::vector_width<I> * sizeof(float) == static_cast<std::size_t>(TestType::lane_bytes));
    STATIC_REQUIRE(std::is_same_v<lane::vector_ints<F>, I>);
    STATIC_REQUIRE(std::is_same_v<lane::vector_floats<I>, F>);
    lanes_equal_scalar<I, std::int32_t>(
        special_ints(), [](I x) { return lane::from_register<I>(lane::to_register(x)); },
        [](std::int32_t x) { return x; });
    lanes_equal_scalar<F, float>(
        special_floats(), [](F x) { return lane::from_register<F>(lane::to_register(x)); }, [](float x) { return x; });
}

TEST_CASE("With xsimd present, lanes are its batches", "[arch][xsimd]") {
    STATIC_REQUIRE(std::is_same_v<qtensor::lanes<float, qtensor::arch::avx2>, xsimd::batch<float, xsimd::avx2>>);
#if defined(__AVX512BW__) && defined(__AVX512DQ__)
    STATIC_REQUIRE(
        std::is_same_v<qtensor::lanes<float, qtensor::arch::avx512_vnni>, xsimd::batch<float, xsimd::avx512bw>>);
#endif
}

#else

TEST_CASE("Without xsimd, lanes on the scalar architecture are plain numbers", "[arch][xsimd]") {
    STATIC_REQUIRE(std::is_same_v<qtensor::lanes<float, qtensor::arch::scalar>, float>);
    STATIC_REQUIRE(std::is_same_v<qtensor::lanes<std::int32_t, qtensor::arch::scalar>, std::int32_t>);
}

#endif
