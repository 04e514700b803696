// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What one core of this machine can do at most, measured in the process that measures the library: multiply-adds of an
/// instruction sequence on registers alone, and the clock that they run at. What it can read is in bandwidth.hpp.
///
/// The sequences are written in assembly, so that a program compiled for less can still name what the machine could do,
/// and no compiler improves them. Vector registers are the caller's to save, and the compiler is kept from knowing that
/// a function uses fewer: nothing has to be listed as clobbered.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#if !defined(__x86_64__)
#error "the roofline is written for x86-64: add the sequences of your processor here"
#endif

namespace roofline {

/// Shortest of several timings of `work`, in seconds.
template <class Work> double shortest(Work&& work, int repeats = 7) {
    using Clock = std::chrono::steady_clock;
    double best = 1e9;
    for (int i = 0; i < repeats; ++i) {
        const auto start = Clock::now();
        work();
        best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
    }
    return best;
}

// Nothing is known about such a function outside of it. clang looks into none that it does not inline.
#if defined(__clang__)
#define OPAQUE gnu::noinline
#else
#define OPAQUE gnu::noinline, gnu::noipa
#endif

/// What a run of `steps` rounds executes.
using Rounds = void (*)(std::uint64_t steps);

// ROUNDS(name, clear, registers, text) defines a function that repeats `text` for every register number \r of a list,
// `steps` times. Registers 0 and 1 are the factors, 2 to 7 scratch; all begin as zero.
#define ROUNDS(name, clear, registers, text, done)                                                                     \
    [[OPAQUE]] inline void name(std::uint64_t steps) {                                                                 \
        asm volatile(clear "\n .p2align 6\n1:\n .irp r, " registers "\n " text "\n .endr\n dec %0\n jnz 1b\n" done     \
                     : "+r"(steps)                                                                                     \
                     :                                                                                                 \
                     : "cc", "memory", "eax", "ecx", "edx", "r8", "r9", "r10", "r11");                                 \
    }
#define LOW "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"
#define HIGH "16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"
#define CLEAR_AVX ".irp r," LOW "\n vpxor %%xmm\\r,%%xmm\\r,%%xmm\\r\n .endr\n"
#define GENERAL(name, registers, text) ROUNDS(name, "xor %%eax,%%eax\n xor %%edx,%%edx\n", registers, text, "")
#define SSE(name, registers, text)                                                                                     \
    ROUNDS(name, ".irp r," LOW "\n pxor %%xmm\\r,%%xmm\\r\n .endr\n", registers, text, "")
// Upper halves that are left behind slow SSE code down, by four on some processors.
#define AVX(name, registers, text) ROUNDS(name, CLEAR_AVX, registers, text, "vzeroupper\n")
#define AVX512(name, registers, text)                                                                                  \
    ROUNDS(name, CLEAR_AVX ".irp r," HIGH "\n vpxord %%zmm\\r,%%zmm\\r,%%zmm\\r\n .endr\n", registers, text,           \
           "vzeroupper\n")
#define TWELVE "4,5,6,7,8,9,10,11,12,13,14,15"
#define TWENTY_FOUR "8,9,10,11,12,13,14,15," HIGH
// Six products, then their six sums: faster than sum behind product, whichever way the scheduler picks its ports.
#define SIX_PRODUCTS(v, multiply, add)                                                                                 \
    ".irp t,2,3,4,5,6,7\n " multiply " %%" v "0,%%" v "1,%%" v "\\t\n .endr\n" add " %%" v "2,%%" v "8,%%" v "8\n" add \
    " %%" v "3,%%" v "9,%%" v "9\n" add " %%" v "4,%%" v "10,%%" v "10\n" add " %%" v "5,%%" v "11,%%" v "11\n" add    \
    " %%" v "6,%%" v "12,%%" v "12\n" add " %%" v "7,%%" v "13,%%" v "13\n"

// The exact sequences of a full-range int8 x int8 product.
AVX512(vpdpbusd_zmm, TWENTY_FOUR, "vpdpbusd %%zmm0,%%zmm1,%%zmm\\r")
AVX(vpdpbusd_ymm, TWELVE, "%{vex%} vpdpbusd %%ymm0,%%ymm1,%%ymm\\r")
AVX512(vpmaddwd_zmm, "1,2,3,4", SIX_PRODUCTS("zmm", "vpmaddwd", "vpaddd"))
AVX(vpmaddwd_ymm, "1,2", SIX_PRODUCTS("ymm", "vpmaddwd", "vpaddd"))
SSE(pmaddwd_xmm, TWELVE, "movdqa %%xmm0,%%xmm2\n pmaddwd %%xmm1,%%xmm2\n paddd %%xmm2,%%xmm\\r")
GENERAL(imul, "8,9,10,11", "movl %%eax,%%ecx\n imull %%edx,%%ecx\n addl %%ecx,%%r\\r\\()d")
// What narrower ranges allow.
AVX512(vpmaddubsw_zmm, TWENTY_FOUR,
       "vpmaddubsw %%zmm0,%%zmm1,%%zmm2\n vpmaddwd %%zmm1,%%zmm2,%%zmm3\n vpaddd %%zmm3,%%zmm\\r,%%zmm\\r")
AVX(vpmaddubsw_ymm, TWELVE,
    "vpmaddubsw %%ymm0,%%ymm1,%%ymm2\n vpmaddwd %%ymm1,%%ymm2,%%ymm3\n vpaddd %%ymm3,%%ymm\\r,%%ymm\\r")
SSE(pmaddubsw_xmm, TWELVE,
    "movdqa %%xmm0,%%xmm2\n pmaddubsw %%xmm1,%%xmm2\n pmaddwd %%xmm1,%%xmm2\n paddd %%xmm2,%%xmm\\r")
// What a result of int16 allows beside them.
AVX512(vpmaddubsw_16_zmm, "1,2,3,4", SIX_PRODUCTS("zmm", "vpmaddubsw", "vpaddw"))
SSE(pmaddubsw_16_xmm, TWELVE, "movdqa %%xmm0,%%xmm2\n pmaddubsw %%xmm1,%%xmm2\n paddw %%xmm2,%%xmm\\r")
AVX(vpmaddubsw_16_ymm, "1,2", SIX_PRODUCTS("ymm", "vpmaddubsw", "vpaddw"))
// Real numbers.
AVX512(fma_zmm, TWENTY_FOUR, "vfmadd231ps %%zmm0,%%zmm1,%%zmm\\r")
AVX(fma_ymm, TWELVE, "vfmadd231ps %%ymm0,%%ymm1,%%ymm\\r")
SSE(mulps_xmm, TWELVE, "movaps %%xmm0,%%xmm2\n mulps %%xmm1,%%xmm2\n addps %%xmm2,%%xmm\\r")
SSE(mulss, TWELVE, "movaps %%xmm0,%%xmm2\n mulss %%xmm1,%%xmm2\n addss %%xmm2,%%xmm\\r")
/// 64 additions that wait for each other: a cycle each.
GENERAL(dependent_adds, LOW, "add $1,%%eax\n add $1,%%eax\n add $1,%%eax\n add $1,%%eax")

#undef AVX512
#undef AVX
#undef SSE
#undef GENERAL
#undef ROUNDS
#undef OPAQUE

/// One instruction sequence: `count` products per round, of `macs` multiply-adds each.
struct Sequence {
    const char* isa;
    const char* text;
    Rounds rounds;
    int count;
    int macs;
};

/// The exact int8 x int8 sequence of each instruction set: what a share of the peak is a share of.
inline constexpr Sequence dot_products[] = {
    {"scalar", "imul add", imul, 4, 1},
    {"sse41", "pmaddwd paddd (xmm)", pmaddwd_xmm, 12, 8},
    {"avx2", "vpmaddwd vpaddd (ymm)", vpmaddwd_ymm, 12, 16},
    {"avx_vnni", "vpdpbusd (ymm)", vpdpbusd_ymm, 12, 32},
    {"avx512bw", "vpmaddwd vpaddd (zmm)", vpmaddwd_zmm, 24, 32},
    {"avx512_vnni", "vpdpbusd (zmm)", vpdpbusd_zmm, 24, 64},
};
/// The same for float.
inline constexpr Sequence float_products[] = {
    {"scalar", "mulss addss", mulss, 12, 1},
    {"sse41", "mulps addps (xmm)", mulps_xmm, 12, 4},
    {"avx2", "vfmadd231ps (ymm)", fma_ymm, 12, 8},
    {"avx_vnni", "vfmadd231ps (ymm)", fma_ymm, 12, 8},
    {"avx512bw", "vfmadd231ps (zmm)", fma_zmm, 24, 16},
    {"avx512_vnni", "vfmadd231ps (zmm)", fma_zmm, 24, 16},
};
/// What weights of 7 bits make possible without VNNI.
inline constexpr Sequence narrow_products[] = {
    {"sse41", "pmaddubsw pmaddwd paddd (xmm)", pmaddubsw_xmm, 12, 16},
    {"avx2", "vpmaddubsw vpmaddwd vpaddd (ymm)", vpmaddubsw_ymm, 12, 32},
    {"avx512bw", "vpmaddubsw vpmaddwd vpaddd (zmm)", vpmaddubsw_zmm, 24, 64},
};
/// The same with accumulators of int16.
inline constexpr Sequence int16_products[] = {
    {"sse41", "pmaddubsw paddw (xmm)", pmaddubsw_16_xmm, 12, 16},
    {"avx2", "vpmaddubsw vpaddw (ymm)", vpmaddubsw_16_ymm, 12, 32},
    {"avx512bw", "vpmaddubsw vpaddw (zmm)", vpmaddubsw_16_zmm, 24, 64},
};

/// The first sequence of a list that is of this instruction set; null where it has none.
inline const Sequence* sequence_of(std::span<const Sequence> sequences, std::string_view isa) {
    for (const Sequence& sequence : sequences)
        if (sequence.isa == isa) return &sequence;
    return nullptr;
}

/// What this processor lacks of an instruction set; nothing where it can run its programs.
inline std::string cpu_lacks(const std::string& isa) {
    __builtin_cpu_init();
    const auto need = [](bool has, const char* what) { return has ? std::string() : std::string(what); };
    if (isa == "sse41") return need(__builtin_cpu_supports("sse4.1"), "SSE4.1");
    if (isa == "avx2") return need(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"), "AVX2 with FMA");
#if defined(ROOFLINE_AVX_VNNI_AS_AVX512)
    if (isa == "avx_vnni") return need(__builtin_cpu_supports("avx512vnni"), "AVX-VNNI nor AVX-512 VNNI");
#endif
    if (isa == "avx_vnni") {
        unsigned eax = 7, ebx = 0, ecx = 1, edx = 0;  // leaf 7, subleaf 1: EAX bit 4
        asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
        return need(__builtin_cpu_supports("avx2") && (eax & 16u) != 0, "AVX-VNNI");
    }
    if (isa == "avx512bw") {
        return need(__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512vl"),
                    "AVX-512 BW");
    }
    if (isa == "avx512_vnni") return need(__builtin_cpu_supports("avx512vnni"), "AVX-512 VNNI");
    return {};
}

/// The processor's clock while it adds, in Hz.
inline double clock_hz() {
    constexpr std::uint64_t steps = 100'000;
    return 64.0 * steps / shortest([] { dependent_adds(steps); });
}

struct Peak {
    double operations = 0;              ///< per second; a multiply-add is two
    double instructions_per_cycle = 0;  ///< multiplying ones, against the clock measured beside them
};

inline Peak peak(const Sequence& sequence) {
    const std::uint64_t steps = 1'200'000 / static_cast<std::uint64_t>(sequence.count);
    const double seconds = shortest([&] { sequence.rounds(steps); });
    const double products = static_cast<double>(sequence.count) * static_cast<double>(steps) / seconds;
    return {2.0 * sequence.macs * products, products / clock_hz()};
}

}  // namespace roofline
