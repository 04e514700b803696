// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// XNNPACK's `rndnu` requantization (src/qs8-requantization/rndnu-scalar.c; parameters in microparams-init.c): the
/// float multiplier taken apart into a 24-bit integer and a shift, one rounding, ties up.
///
///     S = f32(f32(s_x * s_w) / s_y) = m / 2^sh,   2^23 <= m < 2^24
///     q = clamp(floor((acc * m + 2^(sh - 1)) / 2^sh) + zero_point)

#include "xnnpack.hpp"

namespace qtensor::inline QTENSOR_ABI {

struct XnnpackRndnu {                        // integers only once S is taken apart
    static constexpr std::size_t words = 2;  // m, sh

    /// Needs S < 256, as XNNPACK does. Below XNNPACK's other limit, 2^-32, the same formula goes on; from shift 57 on
    /// every int32 rounds to 0, so the shift is held at 62.
    static constexpr std::array<std::int32_t, words> derive(float input, float weight, float output) {
        const std::int32_t bits = XnnpackFp32::derive(input, weight, output)[0];
        const std::int32_t shift = 150 - (bits >> 23);
        QTENSOR_REQUIRE(shift >= 16, "XNNPACK's rndnu takes a multiplier s_x * s_w / s_y below 256", 23 - shift, 7);
        return {(bits & 0x7fffff) | 0x800000, shift < 62 ? shift : 62};
    }

    template <class I>
    QTENSOR_FORCE_INLINE static constexpr I apply(I acc, const std::array<I, words>& m, CodeRange range) {
        return detail::place(lane::product_shift(acc, m[0], m[1]), range);
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
