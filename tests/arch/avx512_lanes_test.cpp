// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/avx512_lanes.hpp>

#include "support/catch.hpp"
#include "support/register_checks.hpp"

#if defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__) && !defined(QTENSOR_NO_SIMD)

using namespace qtensor_test;

TEST_CASE("512-bit loads and stores change width and touch only the elements they are asked for", "[arch][avx512]") {
    loads_and_stores_exactly<64>();
}

TEST_CASE("512-bit shifts and high products are exact for every value", "[arch][avx512]") {
    integer_arithmetic_is_exact<64>();
}

TEST_CASE("512-bit shifted and fused products are exact for every value", "[arch][avx512]") {
    wide_products_are_exact<64>();
}

TEST_CASE("512-bit half precision equals the conversion on bits", "[arch][avx512]") { half_precision_is_exact<64>(); }

#else

TEST_CASE("Without AVX-512 code no 512-bit architecture is native", "[arch][avx512]") {
    CHECK(qtensor::arch::native::lane_bytes != 64);
}

#endif
