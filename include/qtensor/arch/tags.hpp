// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Architecture tags. Whatever depends on an instruction set has its tag in its type (the rule is ruy's `path.h`), so
/// one program may hold kernels for several; the inline namespace keeps translation units of different -m flags apart.

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI::arch {

/// Portable C++, one value at a time: the normative results, constant evaluation, and microcontrollers.
struct scalar {
    static constexpr const char* name = "scalar";
    static constexpr int lane_bytes = 0;
};

/// 128-bit registers of x86 since 2008; FMA only where the translation unit has it.
struct sse41 {
    static constexpr const char* name = "sse41";
    static constexpr int lane_bytes = 16;
};

/// x86-64-v3: 256-bit integers, FMA and F16C.
struct avx2 {
    static constexpr const char* name = "avx2";
    static constexpr int lane_bytes = 32;
};

/// AVX2 with dot products of bytes on 256 bits (Alder Lake, Zen 5 and later).
struct avx_vnni {
    static constexpr const char* name = "avx_vnni";
    static constexpr int lane_bytes = 32;
};

/// AVX-512 F/BW/DQ/VL (Skylake-X).
struct avx512bw {
    static constexpr const char* name = "avx512bw";
    static constexpr int lane_bytes = 64;
};

/// AVX-512 F/BW/DQ/VL with VNNI (Cascade Lake, Ice Lake, Zen 4 and later).
struct avx512_vnni {
    static constexpr const char* name = "avx512_vnni";
    static constexpr int lane_bytes = 64;
};

/// A tag: it has a name, and registers of so many bytes.
template <class T>
concept Architecture = requires {
    T::name;
    T::lane_bytes;
};

/// The best of the tags above that this translation unit is compiled for.
using native = QTENSOR_NATIVE;

}  // namespace qtensor::inline QTENSOR_ABI::arch

namespace qtensor::inline QTENSOR_ABI::lane {
/// What a register of so many bytes can do beyond operators; an instruction set's file specialises it.
template <int Bytes> struct registers;
}  // namespace qtensor::inline QTENSOR_ABI::lane
