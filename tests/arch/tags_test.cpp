// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/tags.hpp>

#include "support/catch.hpp"

#include <string>
#include <type_traits>

namespace arch = qtensor::arch;

TEST_CASE("Every architecture has a name and the size of its registers", "[arch][tags]") {
    CHECK(std::string(arch::scalar::name) == "scalar");
    CHECK(std::string(arch::avx2::name) == "avx2");
    CHECK(std::string(arch::sse41::name) == "sse41");
    CHECK(std::string(arch::avx_vnni::name) == "avx_vnni");
    CHECK(std::string(arch::avx512bw::name) == "avx512bw");
    CHECK(std::string(arch::avx512_vnni::name) == "avx512_vnni");
    CHECK(arch::scalar::lane_bytes == 0);
    CHECK(arch::avx2::lane_bytes == 32);
    CHECK(arch::sse41::lane_bytes == 16);
    CHECK(arch::avx_vnni::lane_bytes == 32);
    CHECK(arch::avx512bw::lane_bytes == 64);
    CHECK(arch::avx512_vnni::lane_bytes == 64);
    STATIC_REQUIRE_FALSE(std::is_same_v<arch::avx2, arch::avx512_vnni>);
}

TEST_CASE("The native architecture is the best one this file is compiled for", "[arch][tags]") {
#if defined(QTENSOR_NO_SIMD)
    const std::string best = "scalar";
#elif defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
    const std::string best = "avx512_vnni";
#elif defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
    const std::string best = "avx512bw";
#elif defined(__AVX2__) && defined(__FMA__) && defined(__F16C__) && defined(__AVXVNNI__)
    const std::string best = "avx_vnni";
#elif defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
    const std::string best = "avx2";
#elif defined(__SSE4_1__)
    const std::string best = "sse41";
#else
    const std::string best = "scalar";
#endif
    CHECK(arch::native::name == best);
}
