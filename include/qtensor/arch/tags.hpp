// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Architecture tags. Whatever depends on an instruction set has its tag in its type, so that translation units
/// compiled with different -m flags never share a function (the rule is ruy's `path.h`).

#include "../base/config.hpp"

namespace qtensor::inline v0::arch {

/// Portable C++, one value at a time: the normative results, constant evaluation, and microcontrollers.
struct scalar {
    static constexpr const char* name = "scalar";
    static constexpr int lane_bytes = 0;
};

/// x86-64-v3: 256-bit integers, FMA and F16C.
struct avx2 {
    static constexpr const char* name = "avx2";
    static constexpr int lane_bytes = 32;
};

/// AVX-512 F/BW/DQ/VL with VNNI (Cascade Lake, Ice Lake, Zen 4 and later).
struct avx512_vnni {
    static constexpr const char* name = "avx512_vnni";
    static constexpr int lane_bytes = 64;
};

#if defined(QTENSOR_NO_SIMD)
using native = scalar;
#elif defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
using native = avx512_vnni;
#elif defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
using native = avx2;
#else
/// The best of the tags above that this translation unit is compiled for.
using native = scalar;
#endif

}  // namespace qtensor::inline v0::arch

namespace qtensor::inline v0::lane {
/// What a register of so many bytes can do beyond operators; an instruction set's file specialises it.
template <int Bytes> struct registers;
}  // namespace qtensor::inline v0::lane
