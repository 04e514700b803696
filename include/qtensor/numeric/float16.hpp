// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The two 16-bit floating types, for storage: arithmetic happens in float. `float16` is IEEE binary16 (11 significant
/// bits, up to 65504), `bfloat16` the upper half of a float (8 significant bits, float's range). Conversion rounds to
/// nearest even and cannot fail; the float16 path of vector lanes uses the hardware instruction, with equal bits.

#include <cstdint>

#include "../arch/half.hpp"

namespace qtensor::inline QTENSOR_ABI {

struct float16 {
    std::uint16_t bits = 0;

    float16() = default;
    constexpr explicit float16(float value) : bits(arch::half_from_float(value)) {}
    constexpr explicit operator float() const { return arch::float_from_half(bits); }
};

struct bfloat16 {
    std::uint16_t bits = 0;

    bfloat16() = default;
    constexpr explicit bfloat16(float value) : bits(arch::bfloat_from_float(value)) {}
    constexpr explicit operator float() const { return arch::float_from_bfloat(bits); }
};

}  // namespace qtensor::inline QTENSOR_ABI
