// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// XNNPACK's `fp32` requantization (src/qs8-requantization/fp32-scalar-lrintf.c): one float product, nearest even.
///
///     S = f32(f32(s_x * s_w) / s_y)
///     q = half_even(clamp(f32(f32(acc) * S), lowest - zero_point, highest - zero_point)) + zero_point

#include <bit>

#include "../arch/lanes.hpp"
#include "dialect.hpp"

namespace qtensor::inline QTENSOR_ABI {

struct XnnpackFp32 {
    static constexpr std::size_t words = 1;  // the bits of S
    static constexpr bool uses_float = true;

    static constexpr std::array<std::int32_t, words> derive(float input, float weight, float output) {
        const float product = lane::rounded(input * weight);
        return {std::bit_cast<std::int32_t>(detail::finite_multiplier(product / output))};
    }

    /// half_even(acc * S) alone, for S where no accumulator makes it leave int32.
    template <bool ShiftsLeft, class I>
    QTENSOR_FORCE_INLINE static constexpr I whole(I acc, const std::array<I, words>& m) {
        return lane::nearest_int(lane::to_float(acc) * lane::as_float(m[0]));
    }
    static constexpr bool whole_fits(const std::array<std::int32_t, words>& m) {
        return std::bit_cast<float>(m[0]) < 1.0f;
    }

    template <class I>
    QTENSOR_FORCE_INLINE static constexpr I apply(I acc, const std::array<I, words>& m, CodeRange range) {
        using F = lane::floats<I>;
        const F real = lane::to_float(acc) * lane::as_float(m[0]);
        const F above = lane::max(real, lane::broadcast<F>(static_cast<float>(range.lowest - range.zero_point)));
        const F inside = lane::min(above, lane::broadcast<F>(static_cast<float>(range.highest - range.zero_point)));
        return lane::nearest_int(inside) + lane::broadcast<I>(range.zero_point);
    }

    /// What lies too low becomes the lowest int32.
    template <class I>
    QTENSOR_FORCE_INLINE static Unplaced<I> unplaced(I acc, const std::array<I, words>& m, CodeRange range) {
        using F = lane::floats<I>;
        const F real = lane::to_float(acc) * lane::as_float(m[0]);
        const F highest = lane::broadcast<F>(static_cast<float>(range.highest - range.zero_point));
        return {lane::nearest_int(lane::min(real, highest)), range};
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
