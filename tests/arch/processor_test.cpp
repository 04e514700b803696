// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/arch/processor.hpp>

#include <string>

using namespace qtensor;

TEST_CASE("the processor runs what this program was compiled for, and the portable code") {
    const arch::Processor here = arch::Processor::here();
    CHECK(here.runs<arch::scalar>());
    CHECK(here.runs<arch::native>());
    CHECK_FALSE(here.runs<int>());
}

namespace {

/// Which architectures it runs, one letter each: S sse41, 2 avx2, V avx_vnni, 5 avx512bw, N avx512_vnni.
std::string runs(const arch::Processor::Words& words) {
    const arch::Processor processor = arch::Processor::of(words);
    std::string letters;
    if (processor.runs<arch::sse41>()) letters += 'S';
    if (processor.runs<arch::avx2>()) letters += '2';
    if (processor.runs<arch::avx_vnni>()) letters += 'V';
    if (processor.runs<arch::avx512bw>()) letters += '5';
    if (processor.runs<arch::avx512_vnni>()) letters += 'N';
    return letters;
}

}  // namespace

// Bits as Intel's manual gives them, volume 2A, under CPUID.
TEST_CASE("processors of other generations, and systems that save fewer registers") {
    constexpr std::uint32_t sse41 = 0x00080000, fma = 0x00001000, osxsave = 0x08000000, avx = 0x10000000,
                            f16c = 0x20000000, haswell = sse41 | fma | osxsave | avx | f16c;
    constexpr std::uint32_t avx2 = 0x00000020, avx512f = 0x00010000, dq = 0x00020000, cd = 0x10000000, bw = 0x40000000,
                            vl = 0x80000000, skylake = avx2 | avx512f | dq | cd | bw | vl;
    CHECK(runs({}) == "");
    CHECK(runs({.ecx1 = sse41}) == "S");                                               // Penryn
    CHECK(runs({.ecx1 = sse41 | osxsave | avx | f16c, .xcr0 = 7}) == "S");             // Ivy Bridge
    CHECK(runs({.ecx1 = haswell, .xcr0 = 7}) == "S");                                  // Piledriver: FMA without AVX2
    CHECK(runs({.ecx1 = haswell, .xcr0 = 7, .ebx7 = avx2}) == "S2");                   // Haswell, Zen
    CHECK(runs({.ecx1 = haswell, .xcr0 = 7, .ebx7 = avx2, .eax7_1 = 0x10}) == "S2V");  // Alder Lake
    CHECK(runs({.ecx1 = haswell, .xcr0 = 0xe7, .ebx7 = skylake}) == "S25");            // Skylake-SP
    CHECK(runs({.ecx1 = haswell, .xcr0 = 0xe7, .ebx7 = skylake, .ecx7 = 0x800}) == "S25N");  // Cascade Lake, Zen 4
    CHECK(runs({.ecx1 = haswell, .xcr0 = 0xe7, .ebx7 = skylake, .ecx7 = 0x800, .eax7_1 = 0x10}) == "S2V5N");
    CHECK(runs({.ecx1 = haswell, .xcr0 = 3, .ebx7 = skylake, .ecx7 = 0x800, .eax7_1 = 0x10}) == "S");    // no YMM saved
    CHECK(runs({.ecx1 = haswell, .xcr0 = 7, .ebx7 = skylake, .ecx7 = 0x800, .eax7_1 = 0x10}) == "S2V");  // no ZMM saved
    CHECK(runs({.ecx1 = haswell, .xcr0 = 0xe7, .ebx7 = avx2 | avx512f | cd, .ecx7 = 0x800}) == "S2");    // Knights Mill
    CHECK(runs({.ecx1 = haswell ^ fma, .xcr0 = 0xe7, .ebx7 = skylake}) == "S");  // FMA switched off
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
