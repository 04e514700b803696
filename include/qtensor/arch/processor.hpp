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
    /// The one that runs this. (Intel's manual, volume 2A, CPUID: leaves 1 and 7; volume 1, 13.3, XCR0.)
    static Processor here() {
        Processor found;
#if defined(__x86_64__) || defined(__i386__)
        std::uint32_t a = 0, b = 0, c = 0, d = 0;
        if (__get_cpuid(1, &a, &b, &c, &d) == 0) return found;
        const auto has = [](std::uint32_t word, std::uint32_t bits) { return (word & bits) == bits; };
        found.sse41_ = has(c, 1u << 19);
        const bool fma_f16c = has(c, 1u << 12 | 1u << 28 | 1u << 29);
        if (!has(c, 1u << 27)) return found;  // the system does not say which registers it saves
        std::uint32_t saved = 0, high = 0;
        asm volatile("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
        if (!fma_f16c || !has(saved, 0x6) || __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return found;
        const std::uint32_t deepest = a;
        const std::uint32_t avx512 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;  // F, DQ, CD, BW, VL
        found.avx2_ = has(b, 1u << 5);
        found.avx512bw_ = found.avx2_ && has(b, avx512) && has(saved, 0xe6);
        found.avx512_vnni_ = found.avx512bw_ && has(c, 1u << 11);
        if (deepest >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0)
            found.avx_vnni_ = found.avx2_ && has(a, 1u << 4);
#endif
        return found;
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
