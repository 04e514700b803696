// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The thread's floating-point environment. Audio hosts switch subnormal numbers off, and interval arithmetic changes
/// the rounding mode; what depends on either says so (docs/numerics.md, "The thread's floating-point environment") and
/// checks it in debug builds.

#include <cstdint>
#include <type_traits>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace arch {

/// The bits that differ from the default environment, from the control register; 0 where there is none to ask.
struct Environment {
    bool nearest = true;     ///< results are rounded to nearest, ties to even
    bool subnormals = true;  ///< neither results are flushed to zero nor operands taken as zero

    static Environment of_thread() {
#if defined(__SSE__)
        const auto control = static_cast<std::uint32_t>(__builtin_ia32_stmxcsr());
        return {(control & 0x6000u) == 0, (control & 0x8040u) == 0};  // RC; FTZ and DAZ
#elif defined(__aarch64__)
        std::uint64_t control = 0;
        asm volatile("mrs %0, fpcr" : "=r"(control));
        return {(control & 0xc00000u) == 0, (control & 0x1000000u) == 0};  // RMode; FZ
#else
        return {};
#endif
    }
};

}  // namespace arch

namespace detail {

/// For results that are rounded by the machine: divisions by a scale, float dialects.
constexpr void require_nearest() {
    if (!std::is_constant_evaluated()) {
        QTENSOR_DEBUG_REQUIRE(arch::Environment::of_thread().nearest,
                              "the thread's rounding mode is not to nearest: codes would differ", 0, 0);
    }
}

/// For results that a flush to zero would change.
constexpr void require_subnormals() {
    if (!std::is_constant_evaluated()) {
        QTENSOR_DEBUG_REQUIRE(arch::Environment::of_thread().subnormals,
                              "the thread flushes subnormal numbers to zero: these results would differ", 0, 0);
    }
}

}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
