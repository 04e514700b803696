// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/sse41_lanes.hpp>

#include "support/catch.hpp"
#include "support/register_checks.hpp"

#if defined(__SSE4_1__) && !defined(QTENSOR_NO_SIMD)

using namespace qtensor_test;

TEST_CASE("128-bit loads and stores change width and touch only the elements they are asked for", "[arch][sse41]") {
    loads_and_stores_exactly<16>();
}

TEST_CASE("128-bit shifts and high products are exact for every value", "[arch][sse41]") {
    integer_arithmetic_is_exact<16>();
}

TEST_CASE("128-bit shifted and fused products are exact for every value", "[arch][sse41]") {
    wide_products_are_exact<16>();
}

TEST_CASE("128-bit half precision equals the conversion on bits", "[arch][sse41]") { half_precision_is_exact<16>(); }

#else

TEST_CASE("Without SSE4.1 code no 128-bit architecture is native", "[arch][sse41]") {
    CHECK(qtensor::arch::native::lane_bytes != 16);
}

#endif
