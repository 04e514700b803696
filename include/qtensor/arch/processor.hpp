// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What the processor that runs the program can do, whatever the program was compiled for: the instructions that it has
/// and the registers that its operating system saves. Cannot fail; on other machines than x86 only the portable code
/// runs.

#include <concepts>
#include <cstdint>

#include "tags.hpp"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace qtensor::inline QTENSOR_ABI::arch {

class Processor {
public:
    /// What a processor and its operating system say of themselves: words of CPUID, the name's number is the leaf, and
    /// the register XCR0 (Intel's manual, volume 2A, CPUID: leaves 1 and 7; volume 1, 13.3). Zero where none is asked.
    struct Words {
        std::uint32_t ecx1 = 0, xcr0 = 0, ebx7 = 0, ecx7 = 0, eax7_1 = 0;
    };

    /// The one that says so.
    static constexpr Processor of(const Words& words) {
        const auto has = [](std::uint32_t word, std::uint32_t bits) { return (word & bits) == bits; };
        const std::uint32_t fma_avx_f16c = 1u << 12 | 1u << 28 | 1u << 29;
        const std::uint32_t avx512 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;  // F, DQ, CD, BW, VL
        Processor made;
        made.sse41_ = has(words.ecx1, 1u << 19);
        made.avx2_ = has(words.ecx1, fma_avx_f16c) && has(words.xcr0, 0x6) && has(words.ebx7, 1u << 5);
        made.avx512bw_ = made.avx2_ && has(words.ebx7, avx512) && has(words.xcr0, 0xe6);
        made.avx512_vnni_ = made.avx512bw_ && has(words.ecx7, 1u << 11);
        made.avx_vnni_ = made.avx2_ && has(words.eax7_1, 1u << 4);
        return made;
    }

    /// The one that runs this.
    static Processor here() {
        Words words;
#if defined(__x86_64__) || defined(__i386__)
        std::uint32_t a = 0, b = 0, d = 0;
        __get_cpuid(1, &a, &b, &words.ecx1, &d);
        if ((words.ecx1 & 1u << 27) != 0)  // else the system does not say which registers it saves
            asm volatile("xgetbv" : "=a"(words.xcr0), "=d"(d) : "c"(0));
        __get_cpuid_count(7, 0, &a, &words.ebx7, &words.ecx7, &d);
        if (words.ebx7 != 0 && a >= 1) __get_cpuid_count(7, 1, &words.eax7_1, &b, &a, &d);
#endif
        return of(words);
    }

    /// It has every instruction that code for Arch may use.
    template <class Arch> constexpr bool runs() const {
        if constexpr (std::same_as<Arch, sse41>)
            return sse41_;
        else if constexpr (std::same_as<Arch, avx2>)
            return avx2_;
        else if constexpr (std::same_as<Arch, avx_vnni>)
            return avx_vnni_;
        else if constexpr (std::same_as<Arch, avx512bw>)
            return avx512bw_;
        else if constexpr (std::same_as<Arch, avx512_vnni>)
            return avx512_vnni_;
        else
            return std::same_as<Arch, scalar>;
    }

private:
    bool sse41_ = false, avx2_ = false, avx_vnni_ = false, avx512bw_ = false, avx512_vnni_ = false;
};

}  // namespace qtensor::inline QTENSOR_ABI::arch
