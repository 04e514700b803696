// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Facts about the compiler, the library's version and the one hook through which every failed precondition goes.
/// This is the only file of the library that defines macros.

#include <cstdint>

/// The best architecture that this translation unit is compiled for (arch/tags.hpp); QTENSOR_NO_SIMD asks for scalar.
#if defined(QTENSOR_NO_SIMD)
#define QTENSOR_NATIVE scalar
#elif defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__AVX512VNNI__)
#define QTENSOR_NATIVE avx512_vnni
#elif defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define QTENSOR_NATIVE avx512bw
#elif defined(__AVX2__) && defined(__FMA__) && defined(__F16C__) && defined(__AVXVNNI__)
#define QTENSOR_NATIVE avx_vnni
#elif defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
#define QTENSOR_NATIVE avx2
#elif defined(__SSE4_1__)
#define QTENSOR_NATIVE sse41
#else
#define QTENSOR_NATIVE scalar
#endif

// xsimd serves the vector lanes where a vector architecture is compiled for; scalar builds need not pay for its
// headers.
#if defined(__SSE4_1__) && !defined(QTENSOR_NO_SIMD) && !defined(QTENSOR_NO_XSIMD) && __has_include(<xsimd/xsimd.hpp>)
#define QTENSOR_HAS_XSIMD 1
#define QTENSOR_LANES xsimd
#elif defined(__SSE4_1__) && !defined(QTENSOR_NO_SIMD)
#define QTENSOR_HAS_XSIMD 0
#define QTENSOR_LANES builtin
#else
#define QTENSOR_HAS_XSIMD 0
#define QTENSOR_LANES scalar
#endif

#if __STDC_HOSTED__ && !defined(QTENSOR_ASSERT_HOOK)
#include <cstdio>
#include <cstdlib>
#endif

/// The library's version.
#define QTENSOR_VERSION_MAJOR 0
#define QTENSOR_VERSION_MINOR 1
#define QTENSOR_VERSION_PATCH 0

// The instructions that the compiler itself may use in this translation unit, whatever the library chooses.
#if defined(__AVX512VNNI__) && defined(__AVX512VBMI__)
#define QTENSOR_ISA avx512_vnni_vbmi
#elif defined(__AVX512VNNI__)
#define QTENSOR_ISA avx512_vnni
#elif defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define QTENSOR_ISA avx512bw
#elif defined(__AVX512F__)
#define QTENSOR_ISA avx512
#elif defined(__AVX2__) && defined(__FMA__) && defined(__F16C__) && defined(__AVXVNNI__)
#define QTENSOR_ISA avx_vnni
#elif defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
#define QTENSOR_ISA avx2
#elif defined(__AVX2__)
#define QTENSOR_ISA avx2_alone
#elif defined(__AVX__)
#define QTENSOR_ISA avx
#elif defined(__SSE4_1__)
#define QTENSOR_ISA sse41
#else
#define QTENSOR_ISA base
#endif

/// The inline namespace that holds everything, for example v0_avx2_xsimd: the major version, what the translation unit
/// is compiled for and what its lanes are. Two vendored versions, or two translation units with different -m flags,
/// share no symbol, so the linker can never give AVX-512 code to a function that was called for AVX2.
#define QTENSOR_JOIN_EXPANDED(version, isa, lanes) v##version##_##isa##_##lanes
#define QTENSOR_JOIN(version, isa, lanes) QTENSOR_JOIN_EXPANDED(version, isa, lanes)
#define QTENSOR_ABI QTENSOR_JOIN(QTENSOR_VERSION_MAJOR, QTENSOR_ISA, QTENSOR_LANES)

// Under -ffast-math a compiler may assume that NaN does not exist, reassociate sums and multiply by inverses: codes
// would differ from one build to the next. Who accepts that says so by name. (clang does not tell of -fassociative-math
// and -freciprocal-math alone.)
#if !defined(QTENSOR_ALLOW_FAST_MATH) &&                                                                               \
    (defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) ||                              \
     defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__))
#error                                                                                                                 \
    "qtensor: -ffast-math changes rounding; compile without it or define QTENSOR_ALLOW_FAST_MATH to accept different codes"
#endif

#define QTENSOR_FORCE_INLINE [[gnu::always_inline]] inline

// Accumulators stay in registers only where every loop over them is unrolled completely, and the loop around them is
// not: clang unrolls a body that fills all registers eight times and spills them (docs/performance.md).
#if defined(__clang__)
#define QTENSOR_UNROLL _Pragma("clang loop unroll(full)")
#define QTENSOR_NO_UNROLL _Pragma("clang loop unroll(disable)")
#else
#define QTENSOR_UNROLL _Pragma("GCC unroll 64")
#define QTENSOR_NO_UNROLL _Pragma("GCC unroll 1")
#endif

/// A precondition: checked once per call, outside loops, in every build. On failure the hook below is called with a
/// sentence, the offending value and the limit it broke. In constant evaluation the failure is a compile error that
/// shows the same sentence.
#define QTENSOR_REQUIRE(condition, sentence, value, limit)                                                             \
    (static_cast<bool>(condition)                                                                                      \
         ? void()                                                                                                      \
         : ::qtensor::detail::not_met(sentence, ::qtensor::detail::as_integer(value),                                  \
                                      ::qtensor::detail::as_integer(limit), __FILE__, __LINE__))

/// The same in builds without NDEBUG alone: for what a program does wrong once and for all, not with its data.
#if defined(NDEBUG)
#define QTENSOR_DEBUG_REQUIRE(condition, sentence, value, limit) static_cast<void>(0)
#else
#define QTENSOR_DEBUG_REQUIRE(condition, sentence, value, limit) QTENSOR_REQUIRE(condition, sentence, value, limit)
#endif

namespace qtensor::inline QTENSOR_ABI {

/// Ends the program with a sentence (hosted: on stderr, then abort; bare metal: a trap). A program that wants something
/// else defines QTENSOR_ASSERT_HOOK(sentence, value, limit, file, line) before its first include; the hook must not
/// return.
[[noreturn]] inline void precondition_failed([[maybe_unused]] const char* sentence, [[maybe_unused]] long long value,
                                             [[maybe_unused]] long long limit, [[maybe_unused]] const char* file,
                                             [[maybe_unused]] int line) {
#if defined(QTENSOR_ASSERT_HOOK)
    QTENSOR_ASSERT_HOOK(sentence, value, limit, file, line);
#elif __STDC_HOSTED__
    std::fprintf(stderr, "qtensor: %s (value %lld, limit %lld) at %s:%d\n", sentence, value, limit, file, line);
    std::abort();
#else
    __builtin_trap();
#endif
}

namespace detail {
/// What a sentence reports of a value: real numbers truncated and between -2^63 and 2^63 - 1, NaN as 0.
template <class T> constexpr long long as_integer(T value) { return static_cast<long long>(value); }
constexpr long long as_integer(double value) {
    if (value != value) return 0;
    if (value >= 0x1p63) return INT64_MAX;
    return value <= -0x1p63 ? INT64_MIN : static_cast<long long>(value);
}
constexpr long long as_integer(float value) { return as_integer(static_cast<double>(value)); }

/// precondition_failed, or in constant evaluation something that is no constant: g++ shows it, clang the call of this
/// function, and the sentence stands in both. A template, because no call of it is a constant expression.
template <class...>
[[noreturn]] QTENSOR_FORCE_INLINE constexpr void not_met(const char* sentence, long long value, long long limit,
                                                         const char* file, int line) {
    if (__builtin_is_constant_evaluated()) {
        __builtin_printf("%s", sentence);
        __builtin_unreachable();
    } else {
        precondition_failed(sentence, value, limit, file, line);
    }
}
}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
