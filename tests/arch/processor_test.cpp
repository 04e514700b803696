// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/arch/processor.hpp>

using namespace qtensor;

TEST_CASE("the processor runs what this program was compiled for, and the portable code") {
    const arch::Processor here = arch::Processor::here();
    CHECK(here.runs<arch::scalar>());
    CHECK(here.runs<arch::native>());
    CHECK_FALSE(here.runs<int>());
}

#if defined(__x86_64__)
TEST_CASE("the processor has what the compiler's runtime says that it has") {
    const arch::Processor here = arch::Processor::here();
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512bw = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd") &&
                          __builtin_cpu_supports("avx512vl");
    CHECK(here.runs<arch::sse41>() == (__builtin_cpu_supports("sse4.1") != 0));
    CHECK(here.runs<arch::avx2>() == avx2);  // every processor with AVX2 has F16C, which not every compiler can ask for
    CHECK(here.runs<arch::avx512bw>() == avx512bw);
    CHECK(here.runs<arch::avx512_vnni>() == (avx512bw && __builtin_cpu_supports("avx512vnni")));
#if defined(__GNUC__) && !defined(__clang__)
    CHECK(here.runs<arch::avx_vnni>() == (avx2 && __builtin_cpu_supports("avxvnni")));
#endif
}
#endif
