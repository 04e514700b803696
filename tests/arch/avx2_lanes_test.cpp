// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/avx2_lanes.hpp>

#include "support/catch.hpp"
#include "support/register_checks.hpp"

#if defined(__AVX2__) && !defined(QTENSOR_NO_SIMD)

using namespace qtensor_test;

TEST_CASE("256-bit loads and stores change width and touch only the elements they are asked for", "[arch][avx2]") {
    loads_and_stores_exactly<32>();
}

TEST_CASE("256-bit shifts and high products are exact for every value", "[arch][avx2]") {
    integer_arithmetic_is_exact<32>();
}

TEST_CASE("256-bit shifted and fused products are exact for every value", "[arch][avx2]") {
    wide_products_are_exact<32>();
}

#if defined(__F16C__)
TEST_CASE("256-bit half precision equals the conversion on bits", "[arch][avx2]") { half_precision_is_exact<32>(); }
#endif

#else

TEST_CASE("Without AVX2 code no 256-bit architecture is native", "[arch][avx2]") {
    CHECK(qtensor::arch::native::lane_bytes != 32);
}

#endif
